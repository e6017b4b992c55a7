import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sql from "sql-template-tag";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";
import { papergraph, run, type Ended } from "../support/command.js";

/** So many that they fit into no buffer. */
const MANY = 20_000;

let api: Api;
let folder: string;
beforeAll(async () => {
  api = await testApi();
  await buildPaper(api.db, { externalId: "2505.24860", tags: ["a", "b"], codeUrl: "https://code.example/1" });
  await buildPaper(api.db, { externalId: "2505.24861", tags: ["a"], publishedAt: "2020-01-01T00:00:00Z" });
  await buildPaper(api.db, { externalId: "2505.24862", tags: ["b"] });
  await api.db.query(
    "test.fill",
    sql`INSERT INTO papers (external_id, title, published_at, venue)
        SELECT 'filled-' || n, repeat('A long title. ', 60), now(), 'everywhere' FROM generate_series(1, ${MANY}::integer) AS n`,
  );
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "papergraph-export-"));
  return () => rm(folder, { recursive: true });
});
afterAll(() => api.close());

const exported = (...args: string[]): Promise<Ended> => run(["export", ...args], { DATABASE_URL: api.url });

it("writes the file that the address would give, of the same parameters", async () => {
  const file = join(folder, "papers.csv");
  const { code, stdout, stderr } = await exported(file, "--tag", "a", "--tag", "b", "--has-code");
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "", stderr: "1 papers.\n" });
  const { body } = await api.app.inject("/api/export/papers.csv?tag=a&tag=b&hasCode=true");
  expect(await readFile(file, "utf8")).toBe(body);
  expect(await readdir(folder)).toEqual(["papers.csv"]);
});

it("writes to standard output, and nothing else there", async () => {
  const { code, stdout } = await exported("-", "--format", "ndjson", "--tag", "a", "--since", "2021-01-01");
  expect(code).toBe(0);
  expect(
    stdout
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { id: string }).id),
  ).toEqual(["2505.24860"]);
});

it("leaves a file that is there as it is, unless told otherwise; a link stays one", async () => {
  const file = join(folder, "papers.ris");
  await writeFile(file, "mine");
  const refused = await exported(file, "--limit", "1");
  expect(refused).toMatchObject({
    code: 1,
    stderr: `papergraph: "${file}" is there already: --force replaces it.\n`,
  });
  expect(await readFile(file, "utf8")).toBe("mine");
  await symlink(file, join(folder, "link.ris"));
  expect(await exported(join(folder, "link.ris"), "--limit", "1", "--force")).toMatchObject({ code: 0 });
  expect(await readFile(file, "utf8")).toMatch(/^TY {2}- /);
  expect(await readdir(folder)).toEqual(["link.ris", "papers.ris"]);
});

it.each([
  [["papers"], 1, "does not end in a format"],
  [["papers.csv", "--min-upvotes", "-1"], 1, "--min-upvotes: takes a whole number from 0"],
  [["papers.csv", "--sort", "best"], 2, "Allowed choices are relevance"],
  [["no-folder/papers.csv"], 1, "cannot be written: there is no such folder."],
  [[".", "--format", "csv", "--force"], 1, "is no file: name one, or - for standard output."],
])("refuses what makes no sense, and writes nothing: %s", async ([name, ...args], code, message) => {
  const ended = await exported(join(folder, name!), ...args);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(message);
  expect(await readdir(folder)).toEqual([]);
});

it("ends quietly when nobody reads on", async () => {
  const command = papergraph(["export", "-", "--format", "ndjson"], { DATABASE_URL: api.url });
  command.process.stdout!.once("data", () => command.process.stdout!.destroy());
  const { code, stderr } = await command.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("leaves no half file when it is ended by %s", async (signal, code) => {
  // Citations take the longest to write.
  const command = papergraph(["export", join(folder, "papers.bib")], { DATABASE_URL: api.url });
  await expect.poll(() => readdir(folder), { timeout: 30_000, interval: 20 }).toHaveLength(1);
  expect(await readdir(folder)).toEqual([expect.stringMatching(/^\.papers\.bib\..*\.part$/)]);
  command.process.kill(signal);
  expect(await command.ended).toMatchObject({ code });
  expect(await readdir(folder)).toEqual([]);
});
