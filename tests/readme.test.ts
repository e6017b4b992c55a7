import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../src/config/config.js";
import { createStores } from "../src/context/request-context.js";
import { columnsOf } from "../src/platform/database/columns.js";
import { demoToken, loadSample } from "../src/sample/load-sample.js";
import { testApi, type Api } from "./support/api.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const configuration = readFileSync(new URL("../docs/configuration.md", import.meta.url), "utf8");
const queries = [...readme.matchAll(/```graphql\n([\s\S]*?)```/g)].map((match) => match[1]!);
const curl = /curl[\s\S]*?-d '(\{.*\})'/.exec(readme)?.[1] ?? "";

let api: Api;
let token: string;
beforeAll(async () => {
  api = await testApi();
  await loadSample(api.db);
  token = await demoToken(createStores(api.db, columnsOf(api.source)));
});
afterAll(() => api.close());

describe("the README", () => {
  it.each(queries.map((query) => [/(query|mutation) \w+/.exec(query)?.[0] ?? query, query]))(
    "has a query that works on the sample: %s",
    async (_name, query) => {
      const data = await api.data<Record<string, unknown>>(query, {}, token);
      for (const value of Object.values(data)) expect(value).not.toBeNull();
      expect(JSON.stringify(data)).not.toContain('"totalCount":0');
    },
  );

  it("has a first question with an answer", async () => {
    const { query } = JSON.parse(curl) as { query: string };
    const { papers } = await api.data<{ papers: { totalCount: number; nodes: unknown[] } }>(query);
    expect(papers.nodes).toHaveLength(3);
    expect(papers.totalCount).toBe(56);
  });

  it("has addresses of the REST door with answers", async () => {
    const addresses = [...readme.matchAll(/curl -s 'http:\/\/127\.0\.0\.1:4000([^']+)'/g)].map(
      (match) => match[1]!,
    );
    expect(addresses.length).toBeGreaterThan(0);
    for (const address of addresses) {
      const response = await api.app.inject(address);
      expect(response.statusCode, address).toBe(200);
      expect(response.json<unknown[]>().length, address).toBeGreaterThan(0);
    }
  });

  it("has a feed with papers", async () => {
    const [, url] = /<http:\/\/127\.0\.0\.1:4000(\/feeds\/\S+)>/.exec(readme)!;
    const feed = await api.app.inject({ url });
    expect(feed.statusCode).toBe(200);
    expect(feed.body).toContain("<entry>");
  });

  it("names the defaults that the configuration has", () => {
    const { port, poolSize, queryTimeout, drainTimeout, logLevel, http, ...rest } = readConfig({});
    for (const [name, value] of Object.entries({
      DATABASE_POOL_SIZE: poolSize,
      QUERY_TIMEOUT: queryTimeout,
      DRAIN_TIMEOUT: drainTimeout,
      LOG_LEVEL: logLevel,
      HTTP_BODY_LIMIT: http.bodyLimit,
      HTTP_HEADER_LIMIT: http.maxHeaderSize,
      HTTP_HEADERS_TIMEOUT: http.headersTimeout,
      HTTP_REQUEST_TIMEOUT: http.requestTimeout,
      HTTP_KEEP_ALIVE_TIMEOUT: http.keepAliveTimeout,
      HTTP_ANSWER_TIMEOUT: http.answerTimeout,
      HTTP_MAX_CONNECTIONS: http.maxConnections,
      DATABASE_QUEUE: `${rest.maxWaiting / poolSize} × pool`,
      DATABASE_WAIT: rest.waitTimeout,
      LOCK_TIMEOUT: rest.lockTimeout,
      IDLE_IN_TRANSACTION_TIMEOUT: rest.idleInTransactionTimeout,
    })) {
      expect(configuration).toMatch(new RegExp(`\`${name}\` +\\| ${value} `));
    }
    expect(configuration).toContain(`127.0.0.1, ${port}`);
    expect(readme).toContain(`(127.0.0.1, ${port})`);
  });

  it("stays short", () => {
    expect(readme.split("\n").length).toBeLessThanOrEqual(150);
  });
});
