import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { papergraph, run, type Running } from "./support/command.js";

let dataDir: string;
const started: Running[] = [];
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "papergraph-serve-"));
});
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.process.kill("SIGTERM");
    await server.ended;
  }
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

interface Server extends Running {
  url: string;
  token: string;
}

async function serve(): Promise<Server> {
  const server = papergraph(["serve"], { DATA_DIR: dataDir });
  started.push(server);
  const [, url] = await server.says(/listens on (http:\S+)/);
  const [, token] = await server.says(/Bearer (\S+?)'/);
  await server.says(/Ctrl-C/);
  return { ...server, url: url!, token: token! };
}

async function ask(server: Server, query: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${server.token}` },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as Record<string, unknown>;
}

const UPVOTES = '{ paper(id: "2505.24864") { upvoteCount viewerHasUpvoted } }';

describe("papergraph serve", () => {
  it("starts by itself on an empty directory, answers, and ends in order when it is told to", async () => {
    const server = await serve();
    expect(await ask(server, '{ papers(search: "NVIDIA") { totalCount } viewer { username } }')).toEqual({
      data: { papers: { totalCount: 56 }, viewer: { username: "demo" } },
    });
    const second = await run(["serve"], { DATA_DIR: dataDir });
    expect(second.code).toBe(1);
    expect(second.stderr.trim().split("\n")).toHaveLength(1);
    expect(second.stderr).toContain(dataDir);
    server.process.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
  });

  it("keeps an upvote that it acknowledged when it is killed the next moment", async () => {
    const server = await serve();
    expect(await ask(server, 'mutation { addUpvote(input: {paperId: "2505.24864"}) { changed } }')).toEqual({
      data: { addUpvote: { changed: true } },
    });
    server.process.kill("SIGKILL");
    await server.ended;
    const again = await serve();
    expect(await ask(again, UPVOTES)).toEqual({
      data: { paper: { upvoteCount: 1, viewerHasUpvoted: true } },
    });
    again.process.kill("SIGINT");
    expect((await again.ended).code).toBe(0);
  });

  it("lets commands work beside it on the same data", async () => {
    const server = await serve();
    const added = await run(["user", "add", "grace"], { DATA_DIR: dataDir });
    expect(added.code, added.stderr).toBe(0);
    const asGrace = { ...server, token: added.stdout.trim() };
    expect(await ask(asGrace, "{ viewer { username } }")).toEqual({
      data: { viewer: { username: "grace" } },
    });
    const stats = await run(["stats", "--json"], { DATA_DIR: dataDir });
    expect(JSON.parse(stats.stdout)).toMatchObject({ papers: 56, users: 2 });
    const taken = await run(["user", "add", "Grace"], { DATA_DIR: dataDir });
    expect(taken).toMatchObject({ code: 1, stdout: "" });
    const made = await run(["token", "create", "grace", "--expires", "2999-01-01"], { DATA_DIR: dataDir });
    const id = /token (\S+) for/.exec(made.stderr)?.[1] ?? "";
    expect((await run(["token", "revoke", id], { DATA_DIR: dataDir })).code).toBe(0);
    const revoked = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${made.stdout.trim()}` },
      body: '{"query":"{ __typename }"}',
    });
    expect(revoked.status).toBe(401);
  });
});

describe("the command line", () => {
  it.each([
    [["--help"]],
    [["import", "--help"]],
    [["user", "add", "--help"]],
    [["token", "create", "--help"]],
    [["stats", "--help"]],
    [["--version"]],
  ])("explains itself: %j", async (args) => {
    const { code, stdout } = await run(args, {});
    expect(code).toBe(0);
    expect(stdout.length).toBeGreaterThan(3);
  });

  it("ends with 2 for what it does not understand", async () => {
    expect((await run(["improt"], {})).code).toBe(2);
    expect((await run(["import"], {})).code).toBe(2);
    expect((await run(["stats", "--nothing"], {})).code).toBe(2);
  });

  it.each([
    [{ PORT: "http" }, ["serve"], /^papergraph: PORT is "http"/],
    [
      { DATABASE_URL: "postgres://nobody:secret@127.0.0.1:1/none" },
      ["stats"],
      /^papergraph: The database cannot be reached \(ECONNREFUSED\)/,
    ],
    [{ DATABASE_URL: "mysql://localhost" }, ["migrate"], /^papergraph: DATABASE_URL is not/],
  ])("tells in one line what to do: %j", async (env, args, message) => {
    const { code, stderr } = await run(args, env);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).not.toContain("secret");
  });
});
