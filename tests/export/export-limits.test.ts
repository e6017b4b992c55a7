import { Cite } from "@citation-js/core";
import "@citation-js/plugin-bibtex";
import "@citation-js/plugin-ris";
import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXPORT_FORMATS, FORMATS } from "../../src/export/export-papers.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";
import { statementsOf } from "../support/count-statements.js";

/** So many that they fit into no buffer. */
const MANY = 20_000;

let api: Api;
let address: string;
beforeAll(async () => {
  api = await testApi({}, { queryTimeout: 60_000 });
  address = await api.app.listen({ port: 0, host: "127.0.0.1" });
  await buildPaper(api.db, {
    externalId: "2505.24860",
    title: "Braces {and} 100 % of \\ & Ünïcode",
    authors: ["Ann Lee", "José García"],
    venue: "NeurIPS 2024",
    tags: ["cited"],
  });
  await buildPaper(api.db, {
    externalId: "2505.24861",
    title: "Same Name",
    authors: ["Ann Lee"],
    tags: ["cited"],
  });
  await buildPaper(api.db, {
    externalId: "2505.24862",
    title: "Same Name",
    authors: ["Ann Lee"],
    tags: ["cited"],
  });
  await api.db.query(
    "test.fill",
    sql`INSERT INTO papers (external_id, title, published_at)
        SELECT 'filled-' || n, repeat('A long title. ', 60), now() FROM generate_series(1, ${MANY}::integer) AS n`,
  );
});
afterAll(() => api.close());

/** Begins an export and reads no further than its first bytes. */
async function begun() {
  const leaving = new AbortController();
  const response = await fetch(`${address}/api/export/papers.ndjson`, { signal: leaving.signal });
  if (response.status !== 200) return { response, reader: null, leave: () => undefined };
  const reader = response.body!.getReader();
  await reader.read();
  return {
    response,
    reader,
    leave: () => {
      leaving.abort();
    },
  };
}

const another = () => fetch(`${address}/api/export/papers.csv?limit=1`);

describe("exports", () => {
  it("are few at a time: one too many is told to wait, and has its turn when one has left", async () => {
    const all = await Promise.all([begun(), begun(), begun(), begun()]);
    const running = all.filter(({ reader }) => reader);
    // Two of one caller; three where callers are not told apart.
    expect([2, 3]).toContain(running.length);
    const refused = all.find(({ reader }) => !reader)!.response;
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    // Others read on meanwhile.
    expect(await api.data("{ papers { totalCount } }")).toEqual({ papers: { totalCount: MANY + 3 } });
    for (const { leave } of running) {
      leave();
      await expect.poll(async () => (await another()).status, { timeout: 20_000 }).toBe(200);
    }
  });

  it("that fail midway break off: half a file never passes for a whole one", async () => {
    const { reader } = await begun();
    if (!reader) throw new Error("The export was refused.");
    const ended = await api.db.query(
      "test.terminate",
      sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND query LIKE '%row_stream%' AND pid <> pg_backend_pid()`,
    );
    expect(ended).toHaveLength(1);
    const rest = async () => {
      while (!(await reader.read()).done);
    };
    await expect(rest()).rejects.toThrow();
  });

  it.each([...EXPORT_FORMATS])("tell by HEAD what they are, and read nothing for it: %s", async (format) => {
    let response: Response | undefined;
    const labels = await statementsOf(async () => {
      response = await fetch(`${address}/api/export/papers.${format}`, { method: "HEAD" });
    });
    expect(response!.status).toBe(200);
    expect(response!.headers.get("content-type")).toBe(FORMATS[format].type);
    expect(response!.headers.get("content-disposition")).toBe(`attachment; filename="papers.${format}"`);
    expect(labels).toEqual([]);
  });

  it.each(["bib", "ris"])("as citations are read by a parser of citations: %s", async (format) => {
    const { body } = await api.app.inject(`/api/export/papers.${format}?tag=cited`);
    const cited = new Cite(body).format("data", { format: "object" }) as {
      title: string;
      "citation-key"?: string;
      author: { family: string; given: string }[];
    }[];
    expect(cited.map(({ title }) => title)).toEqual([
      "Braces {and} 100 % of \\ & Ünïcode",
      "Same Name",
      "Same Name",
    ]);
    expect(cited[0]!.author).toEqual([
      expect.objectContaining({ given: "Ann", family: "Lee" }),
      expect.objectContaining({ given: "José", family: "García" }),
    ]);
    if (format === "bib") expect(new Set(cited.map((each) => each["citation-key"])).size).toBe(3);
  });
});
