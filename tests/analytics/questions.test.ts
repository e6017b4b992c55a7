import { parse } from "csv-parse/sync";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { grantAnalytics } from "../../src/analytics/sql-access/analytics-role.store.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";

const DOCUMENT = fileURLToPath(new URL("../../docs/analytics.md", import.meta.url));
const ROLE = `reader_${process.pid}`;

interface Question {
  title: string;
  graphql: string;
  curl: string;
  sql: string;
}

/** The numbered sections of the document, each with its three code blocks. */
const questions: Question[] = (await readFile(DOCUMENT, "utf8"))
  .split(/^### (?=\d)/m)
  .slice(1)
  .map((section) => {
    const block = (language: string) =>
      new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "m").exec(section)![1]!;
    const [title] = section.split("\n");
    return { title: title!, graphql: block("graphql"), curl: block("sh"), sql: block("sql") };
  });

let api: Api;
let analyst: pg.Client;
beforeAll(async () => {
  api = await testApi();
  for (let n = 0; n < 150; n++) await buildPaper(api.db, paper(n));
  const url = new URL(api.url);
  url.username = ROLE;
  url.password = (await grantAnalytics(api.db, ROLE))!;
  // Values as PostgreSQL writes them: nothing is rounded on the way.
  analyst = new pg.Client({ connectionString: url.href, types: { getTypeParser: () => String } });
  await analyst.connect();
});
afterAll(async () => {
  await analyst.end();
  await api.source.query(`DROP OWNED BY ${ROLE}; DROP ROLE ${ROLE}`);
  await api.close();
});

/** Papers that the questions have something to say about, with gaps, ties and lists of several. */
function paper(n: number) {
  const month = n % 18;
  const year = 2024 + Math.floor(month / 12);
  const day = `${year}-${String((month % 12) + 1).padStart(2, "0")}-${String((n % 27) + 1).padStart(2, "0")}`;
  const every = (step: number, name: string) => (n % step === 0 ? [name] : []);
  const isLast = month === 17;
  return {
    publishedAt: `${day}T23:30:00Z`,
    submittedAt: n % 5 === 0 ? `${day}T22:30:00Z` : null,
    upvotes: (n * 37) % 41,
    tags: [
      ...every(4, "quantization"),
      ...every(8, "Hardware"),
      ...every(3, "vision"),
      ...(isLast || n % 50 === 1 ? ["agents"] : []),
    ],
    organisations: [
      ...every(4, "NVIDIA"),
      ...every(12, "MIT"),
      ...every(5, "Uni Bonn"),
      ...every(10, "acme"),
    ],
    authors: [`Author ${n % 7}`, ...every(3, "Ann Lee"), ...every(6, "Ann Lee"), "Élodie"],
    codeUrl: n % 3 === 0 ? "https://code.example/1" : null,
  };
}

it("are ten", () => {
  expect(questions).toHaveLength(10);
});

it.each(questions)("$title has one answer, whichever way it is asked", async ({ graphql, curl, sql }) => {
  const address = new URL(/'(http[^']+)'/.exec(curl)![1]!);
  const ask = (accept: string) =>
    api.app.inject({ url: address.pathname + address.search, headers: { accept } });
  address.searchParams.delete("format");
  const json = answerIn((await ask("application/json")).json());
  expect(json).toMatchObject(answerIn(await api.data<unknown>(graphql)) as object);

  const { rows: sqlRows, fields } = await analyst.query<Record<string, string | null>>(sql);
  const csv = parse<Record<string, string>>((await ask("text/csv")).body, { columns: true });
  expect(csv.length).toBeGreaterThan(0);
  expect(Object.keys(csv[0]!)).toEqual(expect.arrayContaining(fields.map(({ name }) => name)));
  expect(sqlRows).toHaveLength(csv.length);
  for (const [index, row] of sqlRows.entries())
    for (const [name, value] of Object.entries(row)) {
      const place = `${name} of row ${index + 1}`;
      const cell = csv[index]![name]!;
      if (value !== null && /\d/.test(value) && !Number.isNaN(Number(value)))
        expect(Number(cell), place).toBeCloseTo(Number(value), 9);
      else expect(cell, place).toBe(value ?? "");
    }
});

/** @returns the list, or the thing of several fields, that the answer is about. */
function answerIn(answer: unknown): unknown {
  if (answer === null || typeof answer !== "object" || Array.isArray(answer)) return answer;
  const { totalCount, ...rest } = answer as Record<string, unknown>;
  const values = Object.values(rest);
  return values.length === 1 && (typeof values[0] === "object" || totalCount !== undefined)
    ? answerIn(values[0])
    : answer;
}
