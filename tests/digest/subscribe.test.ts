import { SignJWT } from "jose";
import sql from "sql-template-tag";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AppConfig } from "../../src/app.js";
import { testApi, type Api } from "../support/api.js";
import { linkIn, mailServer, type MailServer } from "../support/mail-server.js";

let mail: MailServer;
let api: Api;
beforeAll(async () => {
  mail = await mailServer();
  api = await testApi(withDigest({ smtpUrl: mail.url }));
});
afterAll(async () => {
  await api.close();
  await mail.close();
});
beforeEach(async () => {
  await api.db.query("test.empty", sql`TRUNCATE digest_requests, digest_subscriptions CASCADE`);
  mail.mails.length = 0;
});

function withDigest({ smtpUrl }: { smtpUrl: string | null }): Partial<AppConfig> {
  const from = { name: "Papers", address: "papers@papers.example" };
  return { digestSettings: { publicUrl: "https://papers.example/base", from, smtpUrl } };
}

let clients = 0;

/** Each time from another network address, unless one is given. */
function post(body: unknown, { on = api, from = `10.0.0.${++clients}`, headers = {} } = {}) {
  return on.app.inject({
    method: "POST",
    url: "/api/digest/subscriptions",
    headers: { "content-type": "application/json", ...headers },
    payload: JSON.stringify(body),
    remoteAddress: from,
  });
}

/** Opens a link of a mail on the server that the test runs. */
function open(link: URL, method: "GET" | "POST" = "GET", payload?: string) {
  const headers = payload === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" };
  return api.app.inject({
    method,
    url: `/digest/${link.pathname.split("/").at(-1)}${link.search}`,
    headers,
    payload,
  });
}

function subscriptions() {
  return api.db.query<{ address: string; frequency: string }>(
    "test.subscriptions",
    sql`SELECT address, frequency FROM digest_subscriptions ORDER BY address`,
  );
}

async function subscribed(email: string): Promise<void> {
  await post({ email });
  const confirmed = await open(linkIn(await mail.mailTo(email), "confirm"), "POST");
  expect(confirmed.statusCode).toBe(200);
}

describe("asking for the digest", () => {
  it("sends a mail with a link; only its page's button subscribes", async () => {
    const answer = await post({ email: "Ada@Example.ORG" });
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({ accepted: true });
    const received = await mail.mailTo("ada@example.org");
    expect(received.from?.text).toBe('"Papers" <papers@papers.example>');
    expect(received.headers.get("auto-submitted")).toBe("auto-generated");
    expect(received.html).toContain("/digest/confirm?token");
    const link = linkIn(received, "confirm");
    expect(link.href).toMatch(/^https:\/\/papers\.example\/base\/digest\/confirm\?token=/);
    expect(link.href).not.toContain("ada");

    const page = await open(link);
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain("each day");
    expect(await subscriptions()).toEqual([]);

    expect((await open(link, "POST", "")).body).toContain("You are subscribed");
    expect((await open(link, "POST")).statusCode).toBe(200);
    expect(await subscriptions()).toEqual([{ address: "ada@example.org", frequency: "DAILY" }]);
  });

  it("works over GraphQL without being signed in", async () => {
    const data = await api.data(
      `mutation { subscribeToDigest(input: {email: "grace@example.org", frequency: WEEKLY, clientMutationId: "1"}) { accepted clientMutationId } }`,
    );
    expect(data).toEqual({ subscribeToDigest: { accepted: true, clientMutationId: "1" } });
    await open(linkIn(await mail.mailTo("grace@example.org"), "confirm"), "POST");
    expect(await subscriptions()).toEqual([{ address: "grace@example.org", frequency: "WEEKLY" }]);
  });

  it("answers the same for an address that is new, entered before, or subscribed", async () => {
    await post({ email: "entered@example.org" });
    await subscribed("subscribed@example.org");
    const answers = await Promise.all(
      ["new@example.org", "entered@example.org", "subscribed@example.org"].map((email) => post({ email })),
    );
    const visible = answers.map(({ statusCode, body, headers }) => ({
      statusCode,
      body,
      names: Object.keys(headers),
    }));
    expect(visible[1]).toEqual(visible[0]);
    expect(visible[2]).toEqual(visible[0]);
    // The mail says the same too.
    const texts = await Promise.all(
      [mail.mailTo("new@example.org"), mail.mailTo("subscribed@example.org", 2)].map(async (sent) =>
        (await sent).text?.replace(/token=\S+/, ""),
      ),
    );
    expect(texts[1]).toBe(texts[0]);
  });

  it("answers before the mail is sent, and whatever the mail server does", async () => {
    mail.onMail = () => new Promise((resolve) => setTimeout(resolve, 300, 250));
    const answer = await post({ email: "slow@example.org" });
    expect(answer.statusCode).toBe(202);
    expect(mail.to("slow@example.org")).toEqual([]);
    await mail.mailTo("slow@example.org");
    mail.onMail = () => 250;
  });

  it("changes how often it comes once that is confirmed, and not before", async () => {
    await subscribed("ada@example.org");
    await post({ email: "ADA@example.org", frequency: "WEEKLY" });
    const second = await mail.mailTo("ada@example.org", 2);
    expect(await subscriptions()).toEqual([{ address: "ada@example.org", frequency: "DAILY" }]);
    await open(linkIn(second, "confirm"), "POST");
    expect(await subscriptions()).toEqual([{ address: "ada@example.org", frequency: "WEEKLY" }]);
  });

  it("sends an address three mails a day at most, and does not tell", async () => {
    for (let n = 1; n <= 5; n++) {
      expect((await post({ email: "ada@example.org" })).json()).toEqual({ accepted: true });
      await mail.mailTo("ada@example.org", Math.min(n, 3));
    }
    // Mails are sent in turn: when this one has come, no fourth is on its way.
    await post({ email: "grace@example.org" });
    await mail.mailTo("grace@example.org");
    expect(mail.to("ada@example.org")).toHaveLength(3);
    await api.db.query(
      "test.dayPasses",
      sql`UPDATE digest_requests SET mails_since = now() - interval '25 hours'`,
    );
    await post({ email: "ada@example.org" });
    await mail.mailTo("ada@example.org", 4);
  });

  it("counts the addresses of one mailbox together", async () => {
    const addresses = ["ada@gmail.com", "ada+1@gmail.com", "a.d.a+2@googlemail.com"];
    for (const email of addresses) await post({ email });
    for (const email of addresses) await mail.mailTo(email);
    for (const email of ["ada+3@gmail.com", "a.da@gmail.com", "ada+1@gmail.com"]) await post({ email });
    await post({ email: "ada@example.org" });
    await post({ email: "ada+x@example.org" });
    await mail.mailTo("ada@example.org");
    await mail.mailTo("ada+x@example.org");
    const sent = await api.db.query<{ mails: number }>(
      "test.mails",
      sql`SELECT sum(mails)::int AS mails FROM digest_requests WHERE address ~ 'mail.com$'`,
    );
    expect(sent[0]?.mails).toBe(4);
    expect(mail.to("ada+3@gmail.com")).toHaveLength(0);
    expect(mail.to("a.da@gmail.com")).toHaveLength(0);
  });

  it("refuses a network address that asks too often, by 429, and no other", async () => {
    const from = "192.0.2.7";
    for (let n = 0; n < 30; n++)
      expect((await post({ email: `r${n}@example.org` }, { from })).statusCode).toBe(202);
    const refused = await post({ email: "r31@example.org" }, { from });
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(3_000);
    expect(refused.json<{ error: string }>().error).toContain("30 an hour");
    // A header that anybody can write changes nothing where no proxy is trusted.
    const forged = await post(
      { email: "r32@example.org" },
      { from, headers: { "x-forwarded-for": "198.51.100.1" } },
    );
    expect(forged.statusCode).toBe(429);
    expect((await post({ email: "r33@example.org" }, { from: "192.0.2.8" })).statusCode).toBe(202);
  });

  it("counts IPv6 by network, and behind a trusted proxy the client that it names", async () => {
    const proxied = await testApi({ ...withDigest({ smtpUrl: null }), trustProxy: ["127.0.0.1"] });
    const ask = (client: string) =>
      post(
        { email: "ada@example.org" },
        { on: proxied, from: "127.0.0.1", headers: { "x-forwarded-for": client } },
      );
    for (let n = 0; n < 30; n++) expect((await ask(`2001:db8:1:2::${n.toString(16)}`)).statusCode).toBe(202);
    expect((await ask("2001:db8:1:2:ffff::1")).statusCode).toBe(429);
    expect((await ask("2001:db8:1:3::1")).statusCode).toBe(202);
    await proxied.close();
  });

  it.each([
    "eve",
    "eve@",
    "@eve.example",
    "eve@example",
    "eve lovelace@example.org",
    "eve@example.org, eve@example.org",
    "Eve <eve@example.org>",
    "eve@example.org\r\nBcc: eve@example.org",
    '"eve\r\nBcc: eve@example.org"@example.org',
    "eve\0@example.org",
    `${"a".repeat(65)}@example.org`,
    `eve@${"a.".repeat(130)}org`,
    "",
  ])("refuses %j as an address, without repeating it", async (email) => {
    const rest = await post({ email });
    expect(rest.statusCode).toBe(400);
    expect(rest.json<{ error: string }>().error).toMatch(/^email: takes/);
    const { errors } = await api.ask(
      "mutation($email: String!) { subscribeToDigest(input: {email: $email}) { accepted } }",
      {
        email,
      },
    );
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", argument: "input.email" });
    expect(rest.body + JSON.stringify(errors)).not.toContain("eve");
    expect(await api.db.query("test.none", sql`SELECT FROM digest_requests`)).toEqual([]);
  });

  it("takes a domain of any language, in either spelling, as one address", async () => {
    await post({ email: "ada@bücher.example" });
    await post({ email: "ada@XN--BCHER-KVA.example" });
    expect(await api.db.query("test.one", sql`SELECT address FROM digest_requests`)).toEqual([
      { address: "ada@xn--bcher-kva.example" },
    ]);
  });

  it.each([
    [{}, "email"],
    [{ email: 1 }, "email"],
    [{ email: "a@example.org", frequency: "HOURLY" }, "frequency: takes DAILY, WEEKLY"],
  ])("refuses %j and names what is wrong", async (body, named) => {
    const answer = await post(body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ error: string }>().error).toContain(named);
  });
});

describe("a link", () => {
  async function forged(
    claims: Record<string, string>,
    audience: string,
    expires: string | Date,
    key?: Uint8Array,
  ) {
    const row = await api.db.first<{ secret: Buffer }>("test.secret", sql`SELECT secret FROM digest_secret`);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .setAudience(audience)
      .setSubject("1")
      .setExpirationTime(expires)
      .sign(key ?? new Uint8Array(row!.secret));
  }

  it("is void when it is too old, forged, for something else, or cut", async () => {
    await post({ email: "ada@example.org" });
    const good = linkIn(await mail.mailTo("ada@example.org"), "confirm");
    const token = good.searchParams.get("token")!;
    const frequency = { frequency: "DAILY" };
    const row = await api.db.first<{ id: number }>("test.id", sql`SELECT id FROM digest_requests`);
    const sign = async (audience: string, expires: string | Date, key?: Uint8Array) =>
      forged({ ...frequency, sub: String(row!.id) }, audience, expires, key);
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${token.split(".")[1]}.`;
    const bad = [
      await sign("confirm", new Date(Date.now() - 60_000)),
      await sign("confirm", "1h", new Uint8Array(32)),
      await sign("unsubscribe", "1h"),
      token.slice(0, -3),
      none,
      "",
    ];
    for (const each of bad) {
      for (const method of ["GET", "POST"] as const) {
        const page = await api.app.inject({ method, url: `/digest/confirm?token=${each}` });
        expect(page.statusCode).toBe(400);
        expect(page.body).toContain("This link does not work");
      }
    }
    expect(
      (await api.app.inject({ method: "POST", url: `/digest/unsubscribe?token=${token}` })).statusCode,
    ).toBe(400);
    expect((await api.app.inject({ method: "POST", url: "/digest/confirm" })).statusCode).toBe(400);
    expect(await subscriptions()).toEqual([]);
    expect((await open(good, "POST")).statusCode).toBe(200);
  });

  it("leads to a page that loads nothing, stands in no frame and tells its address to nobody", async () => {
    await post({ email: "ada@example.org" });
    const { headers, body } = await open(linkIn(await mail.mailTo("ada@example.org"), "confirm"));
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(headers).toMatchObject({ "referrer-policy": "no-referrer", "cache-control": "no-store" });
    expect(body).not.toMatch(/src=|href=|url\(/);
  });
});

describe("the page of a link", () => {
  const send = (type: string, payload: string) =>
    api.app.inject({
      method: "POST",
      url: "/digest/unsubscribe?token=x",
      headers: { "content-type": type },
      payload,
    });

  it.each(["text/plain", "application/json", "application/xml"])(
    "looks at its link alone, whatever %s is sent to it",
    async (type) => {
      const answer = await send(type, "{List-Unsubscribe");
      expect(answer.statusCode).toBe(400);
      expect(answer.body).toContain("<h1>This link does not work</h1>");
    },
  );

  it("refuses what is too large, as the sender's fault", async () => {
    const answer = await send("application/x-www-form-urlencoded", "x".repeat(20_000));
    expect(answer.statusCode).toBe(413);
    expect(answer.body).toContain("<h1>That did not work</h1>");
  });
});

describe("a server", () => {
  it("without a digest says so, and has the pages for those who got mails before", async () => {
    const plain = await testApi();
    const answer = await post({ email: "ada@example.org" }, { on: plain });
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ error: "There is no digest on this server." });
    const { errors } = await plain.ask(
      'mutation { subscribeToDigest(input: {email: "ada@example.org"}) { accepted } }',
    );
    expect(errors?.[0]?.extensions.code).toBe("NOT_FOUND");
    expect((await plain.app.inject({ url: "/digest/unsubscribe?token=x" })).statusCode).toBe(400);
    await plain.close();
  });

  it("without a mail server keeps what was asked for until there is one", async () => {
    const waiting = await testApi(withDigest({ smtpUrl: null }));
    expect((await post({ email: "later@example.org" }, { on: waiting })).statusCode).toBe(202);
    const due = await waiting.db.query(
      "test.due",
      sql`SELECT address FROM digest_requests WHERE mail_due_at <= now()`,
    );
    expect(due).toEqual([{ address: "later@example.org" }]);
    await waiting.close();
  });

  it("tries again later when the mail server does not take the mail now, and gives up when it never will", async () => {
    mail.onRecipient = (address) => (address.startsWith("later") ? 451 : 550);
    await post({ email: "later@example.org" });
    await post({ email: "never@example.org" });
    const waiting = () =>
      api.db.query<{ address: string; later: boolean }>(
        "test.waiting",
        sql`SELECT address, mail_due_at > now() + interval '1 minute' AS later FROM digest_requests
            WHERE mail_due_at IS NOT NULL ORDER BY address`,
      );
    await expect.poll(waiting).toEqual([{ address: "later@example.org", later: true }]);
    mail.onRecipient = () => 250;
    await api.db.query(
      "test.wait",
      sql`UPDATE digest_requests SET mail_due_at = now() WHERE mail_due_at IS NOT NULL`,
    );
    await post({ email: "another@example.org" });
    await mail.mailTo("later@example.org");
    await expect.poll(waiting).toEqual([]);
    expect(mail.to("never@example.org")).toEqual([]);
  });

  it("forgets addresses that nobody confirmed", async () => {
    await post({ email: "old@example.org" });
    await mail.mailTo("old@example.org");
    await api.db.query("test.age", sql`UPDATE digest_requests SET asked_at = now() - interval '8 days'`);
    await post({ email: "new@example.org" });
    await expect
      .poll(() => api.db.query("test.left", sql`SELECT address FROM digest_requests`))
      .toEqual([{ address: "new@example.org" }]);
  });
});
