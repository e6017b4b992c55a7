import { DuckDBInstance } from "@duckdb/node-api";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { grantAnalytics, revokeAnalytics } from "../../src/analytics/sql-access/analytics-role.store.js";
import { COLUMNS, type ExportedPaper } from "../../src/export/exported-paper.js";
import { writeParquet } from "../../src/export/write-parquet.js";
import { writeCsv, writeNdjson } from "../../src/export/write-rows.js";
import { Paper } from "../../src/papers/paper.entity.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";

let api: Api;
beforeAll(async () => {
  api = await testApi();
  await buildPaper(api.db, { externalId: "2505.24860", title: "=1+1", tags: ["a", "b"], upvotes: 3 });
  await buildPaper(api.db, { externalId: "2505.24861", title: "Other", authors: ["Ann Lee"] });
});
afterAll(() => api.close());

describe("an export", () => {
  it("has all papers that match, as JSON lines", async () => {
    const { body } = await api.app.inject("/api/export/papers.ndjson?tag=a");
    const lines = body.trim().split("\n");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ id: "2505.24860", tags: ["a", "b"], upvotes: 3 });
  });

  it("has CSV without formulas and without ids that look like numbers", async () => {
    const { body } = await api.app.inject("/api/export/papers.csv");
    expect(body).toContain("arXiv:2505.24860,'=1+1,");
  });

  it.each(["parquet", "csv"])("opens in DuckDB with right types: %s", async (format) => {
    const folder = await mkdtemp(join(tmpdir(), "papergraph-export-"));
    const file = join(folder, `papers.${format}`);
    await writeFile(file, (await api.app.inject(`/api/export/papers.${format}`)).rawPayload);
    const duckdb = await (await DuckDBInstance.create(":memory:")).connect();
    const found = await duckdb.runAndReadAll(
      `SELECT typeof(id), typeof(published_at) LIKE 'TIMESTAMP%', sum(upvotes)::INTEGER FROM '${file}' GROUP BY 1, 2`,
    );
    expect(found.getRows()).toEqual([["VARCHAR", true, 3]]);
    if (format === "parquet") {
      const moments = await duckdb.runAndReadAll(
        `SET TimeZone = 'Pacific/Auckland'; SELECT DISTINCT typeof(published_at) FROM '${file}'`,
      );
      expect(moments.getRows()).toEqual([["TIMESTAMP WITH TIME ZONE"]]);
    }
    duckdb.closeSync();
    await rm(folder, { recursive: true });
  });

  it("tells what is wrong as JSON before the first byte", async () => {
    const answer = await api.app.inject("/api/export/papers.csv?sort=relevance");
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: "BAD_USER_INPUT" });
  });
});

/** So many papers as exports read them, each with an abstract of so many characters. */
async function* batchesOf(count: number, characters: number): AsyncGenerator<ExportedPaper[]> {
  for (let start = 0; start < count; start += 100)
    yield await Promise.resolve(
      Array.from({ length: Math.min(100, count - start) }, (_, n) => ({
        paper: Object.assign(new Paper(), {
          ...{ externalId: `id-${start + n}`, title: `Title ${n}`, abstract: "x".repeat(characters) },
          ...{ publishedAt: new Date("2026-01-02T03:04:05Z"), upvoteCount: n, commentCount: 0 },
          ...{ authorCount: 2, mediaUrls: [] },
        }),
        ...{
          tags: ["a"],
          organisations: [],
          organisationSlugs: [],
          authors: ["Ann", "Bo"],
          submittedBy: null,
        },
      })),
    );
}

async function written(chunks: AsyncIterable<string | Uint8Array>): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk as string));
  return all;
}

describe("a long export", () => {
  it.each([
    ["ndjson", writeNdjson],
    ["csv", writeCsv],
  ])("is written in pieces of few papers, with a pause after each: %s", async (_, write) => {
    let pauses = 0;
    const pieces = await written(
      write(batchesOf(1_050, 100), () => {
        pauses++;
        return undefined;
      }),
    );
    expect(Math.max(...pieces.map((piece) => piece.toString().split("\n").length))).toBeLessThan(30);
    expect(pauses).toBeGreaterThan(1_050 / 30);
  });

  it.each([
    ["few long papers", 2_500, 4_000, 5],
    ["many short ones", 2_500, 10, 3],
  ])(
    "has row groups of bounded size in Parquet, column by column with pauses: %s",
    async (_, count, characters, groups) => {
      let pauses = 0;
      const pieces = await written(
        writeParquet(batchesOf(count, characters), () => {
          pauses++;
          return undefined;
        }),
      );
      expect(pauses).toBe(groups * COLUMNS.length);
      const folder = await mkdtemp(join(tmpdir(), "papergraph-export-"));
      const file = join(folder, "papers.parquet");
      await writeFile(file, Buffer.concat(pieces));
      const duckdb = await (await DuckDBInstance.create(":memory:")).connect();
      const read = async (query: string) => (await duckdb.runAndReadAll(query)).getRows();
      expect(
        await read(
          `SELECT count(DISTINCT id)::INTEGER, max(strlen(abstract))::INTEGER, sum(len(authors))::INTEGER FROM '${file}'`,
        ),
      ).toEqual([[count, characters, 2 * count]]);
      expect(
        await read(
          `SELECT count(DISTINCT row_group_id)::INTEGER, max(row_group_num_rows) <= 1000 FROM parquet_metadata('${file}')`,
        ),
      ).toEqual([[groups, true]]);
      duckdb.closeSync();
      await rm(folder, { recursive: true });
    },
  );
});

it("ends its query when the client goes away", async () => {
  const busy = await testApi({}, { queryTimeout: 60_000 });
  try {
    await busy.db.query(
      "test.fill",
      sql`INSERT INTO papers (external_id, title, published_at)
          SELECT 'filled-' || n, repeat('A long title. ', 60), now() FROM generate_series(1, 20000) AS n`,
    );
    const address = await busy.app.listen({ port: 0, host: "127.0.0.1" });
    const leaving = new AbortController();
    const answer = await fetch(`${address}/api/export/papers.ndjson`, { signal: leaving.signal });
    await answer.body!.getReader().read();
    const running = async () => {
      const row = await busy.db.first<{ count: number }>(
        "test.running",
        sql`SELECT count(*) AS count FROM pg_stat_activity
            WHERE datname = current_database() AND (query LIKE '%row_stream%' OR state LIKE 'idle in transaction%')
              AND pid <> pg_backend_pid()`,
      );
      return row!.count;
    };
    expect(await running()).toBe(1);
    leaving.abort();
    await vi.waitFor(
      async () => {
        expect(await running()).toBe(0);
      },
      { timeout: 30_000 },
    );
  } finally {
    await busy.close();
  }
}, 60_000);

describe("a role for analytics", () => {
  it("reads the views and nothing else", async () => {
    const role = `analyst "${process.pid}`;
    const password = await grantAnalytics(api.db, role);
    expect(await grantAnalytics(api.db, role)).toBeNull();
    const url = new URL(api.url);
    url.username = encodeURIComponent(role);
    url.password = password!;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      const { rows } = await client.query<{ id: string }>("SELECT id FROM papers ORDER BY id");
      expect(rows.map(({ id }) => id)).toEqual(["2505.24860", "2505.24861"]);
      for (const table of ["public.papers", "public.users", "public.access_tokens"])
        await expect(client.query(`SELECT * FROM ${table}`)).rejects.toThrow("permission denied");
      await client.query("SET default_transaction_read_only = off");
      await expect(client.query("DELETE FROM tags")).rejects.toThrow("permission denied");
    } finally {
      await client.end();
      await revokeAnalytics(api.db, role);
      await api.source.query(`DROP ROLE ${pg.escapeIdentifier(role)}`);
    }
  });
});
