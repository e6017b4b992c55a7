import { QueryFailedError } from "typeorm";
import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { withoutSecrets } from "../../src/api/http/log-redaction.js";
import { testApi, type Api } from "../support/api.js";
import { buildUser } from "../support/build.js";

const lines: string[] = [];
const logged = () => lines.join("");

let api: Api;
let secret: string;
beforeAll(async () => {
  api = await testApi({
    logLevel: "trace",
    logStream: { write: (line) => lines.push(line) },
    digestSettings: {
      publicUrl: "http://127.0.0.1:4000",
      from: { name: "Papergraph", address: "papergraph@example.org" },
      smtpUrl: null,
    },
  });
  const user = await buildUser(api.db, { username: "reader" });
  ({ secret } = await createStores(api.db, columnsOf(api.source)).tokens.create(user.key, "test", null));
});
afterAll(() => api.close());

const JWT = `${Buffer.from('{"alg":"RS256"}').toString("base64url")}.${Buffer.from('{"sub":"x"}').toString("base64url")}.c2lnbmF0dXJl`;

describe("the log", () => {
  it("has no token, cookie or e-mail address, wherever it was sent", async () => {
    const address = "ada.lovelace@example.org";
    for (const authorization of [`Bearer ${secret}`, `Bearer ${JWT}`, "Basic dXNlcjpwYXNz"])
      for (const url of ["/api/papers", `/api/papers?token=${secret}&access_token=${JWT}`, `/api/quicksearch?q=${encodeURIComponent(address)}`, `/digest/confirm?token=${JWT}`, `/digest/unsubscribe?token=${JWT}`, `/nothing/${secret}/${address}`])
        await api.app.inject({ url, headers: { authorization, cookie: "session=c00kie" } });
    await api.app.inject({ method: "POST", url: "/api/digest/subscriptions", payload: { email: address } });
    await api.ask("mutation ($email: String!) { subscribeToDigest(input: {email: $email}) { accepted } }", {
      email: address,
    });
    await api.ask(`{ papers(search: "${address}") { totalCount } }`, {}, secret);
    expect(lines.length).toBeGreaterThan(10);
    for (const word of [secret, JWT, "dXNlcjpwYXNz", "c00kie", "ada.lovelace", "c2lnbmF0dXJl"])
      expect(logged(), word).not.toContain(word);
  }); // prettier-ignore

  it("has of an error its kind, its code and its place, and none of the values that the driver adds", () => {
    const driver = Object.assign(new Error('duplicate key value violates "users_key"'), {
      code: "23505",
      detail: "Key (name)=(a private word) already exists.",
    });
    const error = new QueryFailedError("INSERT INTO users VALUES ($1)", ["a private word"], driver);
    api.app.log.error({ err: error }, "test");
    api.app.log.error(error);
    const last = lines.slice(-2).join("");
    expect(last).toContain("QueryFailedError");
    expect(last).toContain("23505");
    expect(last).toContain("log-safety.test.ts");
    expect(last).not.toMatch(/private|INSERT INTO/);
  });

  it("has no password of an address that an error repeats", () => {
    api.app.log.error(new Error("connect to postgres://papergraph:s3cret@db:5432/papergraph failed"));
    expect(lines.at(-1)).toContain("postgres://[credentials]@db");
  });

  it.each([
    ["papergraph_abcDEF0123456789", "[token]"],
    [`x ${JWT} y`, "x [token] y"],
    ["/a?token=abc&q=1", "/a?token=[token]&q=1"],
    ["to ada@example.org, bob+x@sub.example.org", "to [e-mail], [e-mail]"],
    ["ada%40example.org", "[e-mail]"],
    ["smtp://user:pass@mail.example.org", "smtp://[credentials]@mail.example.org"],
    ["nothing of the kind: a@b, 1.2.3", "nothing of the kind: a@b, 1.2.3"],
  ])("writes %s as %s", (text, written) => {
    expect(withoutSecrets(text)).toBe(written);
  });
});

describe("an error that nobody expected", () => {
  it("carries the request's id, by which the log has it, and nothing else, whatever NODE_ENV is", async () => {
    const before = process.env.NODE_ENV;
    for (const mode of ["development", "production"]) {
      process.env.NODE_ENV = mode;
      const other = await testApi({ logLevel: "error", logStream: { write: (line) => lines.push(line) } });
      await other.db.query("test.break", sql`DROP TABLE papers CASCADE`);
      const response = await other.app.inject({
        method: "POST",
        url: "/graphql",
        payload: { query: "{ papers { nodes { title } } }" },
      });
      const [error] = response.json<{ errors: { message: string; extensions: object }[] }>().errors;
      const requestId = response.headers["x-request-id"];
      expect(error?.message).toBe("Something went wrong on the server; it has been logged.");
      expect(error?.extensions).toEqual({ code: "INTERNAL_SERVER_ERROR", requestId });
      expect(response.body).not.toMatch(/relation|stack|\.ts/);
      expect(lines.find((line) => line.includes(String(requestId)))).toContain("42P01");
      const rest = await other.app.inject("/api/papers");
      expect(rest.statusCode).toBe(500);
      expect(rest.body).not.toMatch(/relation|stack|\.ts/);
      expect(lines.find((line) => line.includes(String(rest.headers["x-request-id"])))).toContain("42P01");
      await other.close();
    }
    process.env.NODE_ENV = before;
  });
});

describe("what a caller sent", () => {
  const long = "y".repeat(100_000);

  it.each([
    ["a variable", { query: "query ($n: Int) { papers(first: $n) { totalCount } }", variables: { n: long } }],
    ["a literal", { query: `{ papers(first: "${long}") { totalCount } }` }],
    ["an enum's value", { query: `{ papers(orderBy: [{field: ${long}}]) { totalCount } }` }],
    ["a field", { query: `{ ${long} }` }],
    ["an argument", { query: `{ papers(${long}: 1) { totalCount } }` }],
    ["a type", { query: `{ papers { ... on ${long} { totalCount } } }` }],
    ["a fragment", { query: `{ ...${long} }` }],
    ["an operation", { query: "{ __typename }", operationName: long }],
    ["a name of a variable", { query: `query ($${long}: Int) { papers(first: $${long}) { totalCount } }`, variables: { [long]: "x" } }],
    ["a character too many", { query: `{ papers } ${long}` }],
    ["an id", { query: `{ paper(id: "${long}") { title } }` }],
  ])("is not sent back at length: %s", async (_what, payload) => {
    const { body } = await api.app.inject({ method: "POST", url: "/graphql", payload });
    expect(body).not.toContain("y".repeat(101));
    expect(body.length).toBeLessThan(5_000);
  }); // prettier-ignore

  it("is not sent back at length by REST", async () => {
    const short = "y".repeat(280);
    for (const url of [`/api/papers/${short}`, `/api/tags/${short}/papers`, `/${short}`, `/api/papers/search?sort=${short}`, `/api/papers?limit=${short}`, `/api/papers/%zz${short}`]) {
      const { statusCode, body, headers } = await api.app.inject(url);
      expect(statusCode, url).toBeGreaterThanOrEqual(400);
      expect(body, url).not.toContain("y".repeat(101));
      expect(headers["x-error-message"], url).not.toContain("y".repeat(101));
    }
  }); // prettier-ignore
});

describe("whether somebody is known", () => {
  it("cannot be told by asking for the digest", async () => {
    const ask = (email: string) =>
      api.app.inject({ method: "POST", url: "/api/digest/subscriptions", payload: { email } });
    const first = await ask("known@example.org");
    await api.db.query(
      "test.subscribe",
      sql`INSERT INTO digest_subscriptions (address, frequency) VALUES ('known@example.org', 'DAILY')`,
    );
    for (const answer of [await ask("known@example.org"), await ask("unknown@example.org")])
      expect([answer.statusCode, answer.body]).toEqual([first.statusCode, first.body]);
  });
});
