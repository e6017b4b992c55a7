import sql from "sql-template-tag";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { papergraph, run } from "../support/command.js";
import { buildPaper } from "../support/build.js";
import { mailServer, type MailServer } from "../support/mail-server.js";
import { testDatabase, type TestDatabase } from "../support/test-database.js";

const DAY = "2025-03-05";
const READERS = Array.from({ length: 12 }, (_, n) => `reader-${n}@example.org`);

let mail: MailServer;
let test: TestDatabase;
beforeEach(async () => {
  mail = await mailServer();
  test = await testDatabase();
  await buildPaper(test.db, { submittedAt: `${DAY}T09:00:00Z` });
  await test.db.query(
    "test.readers",
    sql`INSERT INTO digest_subscriptions (address, frequency) SELECT unnest(${READERS}::text[]), 'DAILY'`,
  );
});
afterEach(async () => {
  await test.drop();
  await mail.close();
});

const SEND = ["digest", "send", "--date", DAY];
const env = () => ({ DATABASE_URL: test.url, SMTP_URL: mail.url, PUBLIC_URL: "https://papers.example" });

function recipients(): string[] {
  return mail.mails.map(({ recipient }) => recipient).sort();
}

/** @returns a promise that lasts until `release` is called. */
function hold(): { held: Promise<number>; release: () => void } {
  let release: () => void = () => undefined;
  const held = new Promise<number>((resolve) => {
    release = () => {
      resolve(250);
    };
  });
  return { held, release };
}

describe("papergraph digest send", () => {
  it("killed while the server holds mails goes on when it is run again, and nobody gets two", async () => {
    const { held, release } = hold();
    mail.onMail = () => (mail.mails.length <= 4 ? 250 : held);
    const first = papergraph(SEND, env());
    // Four are answered, the fifth has come in whole and waits.
    await expect.poll(() => mail.mails.length, { timeout: 60_000 }).toBe(5);
    first.process.kill("SIGKILL");
    await first.ended;
    release();

    const second = await run(SEND, env());
    expect(second.code, second.stderr).toBe(0);
    expect(second.stdout).toContain("7 sent, 1 on their way when an earlier run ended, not sent again.");
    expect(recipients()).toEqual([...READERS].sort());
  });

  it("killed before a mail leaves sends that mail when it is run again", async () => {
    const { held, release } = hold();
    let asked = 0;
    mail.onRecipient = () => (++asked <= 3 ? 250 : held);
    const first = papergraph(SEND, env());
    await expect.poll(() => mail.mails.length >= 3 && asked >= 4, { timeout: 30_000 }).toBe(true);
    first.process.kill("SIGKILL");
    await first.ended;
    expect(mail.mails).toHaveLength(3);
    mail.onRecipient = () => 250;
    release();

    const second = await run(SEND, env());
    expect(second.code, second.stderr).toBe(0);
    expect(recipients()).toEqual([...READERS].sort());
  });

  it("started twice at once sends once", async () => {
    mail.onMail = () => new Promise((resolve) => setTimeout(resolve, 50, 250));
    const runs = await Promise.all([run(SEND, env()), run(SEND, env()), run(SEND, env())]);
    expect(runs.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual([0, 0, 0]);
    expect(recipients()).toEqual([...READERS].sort());
    expect(runs.filter(({ stderr }) => stderr.includes("at work")).length).toBeGreaterThan(0);
  });

  it("ends with 3 when a mail was refused, and in one line with 1 when the server goes away", async () => {
    mail.onRecipient = (address) => (address === READERS[0] ? 550 : 250);
    const refused = await run(SEND, env());
    expect(refused.code).toBe(3);
    expect(refused.stdout).toContain("11 sent, 1 refused.");
    expect(refused.stdout + refused.stderr).not.toContain("@example.org");

    const gone = await run(SEND, { ...env(), SMTP_URL: "smtp://127.0.0.1:1" });
    expect(gone.code).toBe(1);
    expect(gone.stderr.trim().split("\n")).toEqual([
      "papergraph: The mail server cannot be used (ECONNREFUSED): see that it runs and that SMTP_URL is right.",
    ]);
  });
});

describe("papergraph serve", () => {
  it("writes no address and no token into its logs, whatever becomes of the mail", async () => {
    mail.onRecipient = (address) => (address.startsWith("bad") ? 550 : 250);
    const server = papergraph(["serve"], { ...env(), LOG_LEVEL: "trace" });
    const [, url] = await server.says(/listens on (http:\S+)/);
    const ask = (email: string) =>
      fetch(`${url}/api/digest/subscriptions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email }),
      });
    for (const email of ["good@example.org", "bad@example.org", "not an address@example.org"])
      await ask(email);
    const query = 'mutation { subscribeToDigest(input: {email: "wrong.example.org"}) { accepted } }';
    await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    const { text } = await mail.mailTo("good@example.org");
    const [, token] = /token=(\S+)/.exec(text!)!;
    await fetch(`${url}/digest/confirm?token=${token}`);
    await fetch(`${url}/digest/confirm?token=${token}`, { method: "POST" });
    await fetch(`${url}/digest/confirm?token=${token}x`, { method: "POST" });
    server.process.kill("SIGTERM");
    const { code, stdout, stderr } = await server.ended;
    expect(code).toBe(0);
    expect(stdout).toContain("/api/digest/subscriptions");
    expect(stdout).toContain("550 to RCPT TO");
    expect(stdout + stderr).not.toMatch(/example\.org/);
    expect(stdout + stderr).not.toContain(token!.slice(0, 20));
  });
});
