import sql from "sql-template-tag";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readConfig } from "../../src/config/config.js";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { runDigestSend } from "../../src/commands/digest.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";
import { linkIn, mailServer, type MailServer } from "../support/mail-server.js";

const DAY = "2025-03-05"; // a Wednesday
const MONDAY = "2025-03-03";

let mail: MailServer;
let api: Api;
beforeAll(async () => {
  mail = await mailServer();
  api = await testApi();
});
afterAll(async () => {
  await api.close();
  await mail.close();
});
beforeEach(async () => {
  await api.db.query("test.empty", sql`TRUNCATE papers, digest_requests, digest_subscriptions CASCADE`);
});
afterEach(() => {
  mail.mails.length = 0;
  mail.onRecipient = mail.onMail = () => 250;
});

interface Run {
  complete: boolean;
  out: string;
  notes: string;
}

async function send(
  { date = DAY, dryRun = false }: { date?: string; dryRun?: boolean } = {},
  env: Record<string, string> = {},
): Promise<Run> {
  const out: string[] = [];
  const notes: string[] = [];
  const complete = await runDigestSend(
    createStores(api.db, columnsOf(api.source)),
    readConfig({
      SMTP_URL: mail.url,
      PUBLIC_URL: "https://papers.example",
      MAIL_FROM: "P <p@papers.example>",
      ...env,
    }),
    { date, dryRun },
    (text) => out.push(text),
    (text) => notes.push(text),
  );
  return { complete, out: out.join("\n"), notes: notes.join("\n") };
}

async function readers(...addresses: string[]): Promise<void> {
  for (const address of addresses) {
    const frequency = address.startsWith("weekly") ? "WEEKLY" : "DAILY";
    await api.db.query(
      "test.reader",
      sql`INSERT INTO digest_subscriptions (address, frequency) VALUES (${address}, ${frequency})`,
    );
  }
}

function paperOf(day: string, parts: Parameters<typeof buildPaper>[1] = {}) {
  return buildPaper(api.db, { submittedAt: `${day}T09:00:00Z`, ...parts });
}

function states() {
  return api.db.query<{ address: string; state: string; failures: number }>(
    "test.states",
    sql`SELECT s.address, d.state, d.failures FROM digest_deliveries d
        JOIN digest_subscriptions s ON s.id = d.subscription_id ORDER BY s.address, d.period_start`,
  );
}

describe("the digest", () => {
  it("has the day's papers by upvotes, as text and as HTML, with everything escaped", async () => {
    await paperOf(DAY, { title: "Second", upvotes: 5, externalId: "2503.00002" });
    await paperOf(DAY, {
      title: 'First <b>ζ</b> & "more"\nof it',
      upvotes: 9,
      externalId: "2503.00001",
      organisations: ["NVIDIA", "R&D <Lab>"],
      aiSummary: "It is <script>alert(1)</script>\nshort.",
      abstract: "Not this",
    });
    await paperOf(DAY, { title: "Third", upvotes: 1, abstract: `Word ${"and more ".repeat(100)}` });
    await paperOf("2025-03-04", { title: "Yesterday's" });
    await paperOf("2025-03-06", { title: "Tomorrow's" });
    await readers("ada@example.org");
    expect(await send()).toMatchObject({ complete: true });
    const [received] = mail.mails;
    expect(mail.mails).toHaveLength(1);
    expect(received!.subject).toBe('Papers of 5 March 2025: First <b>ζ</b> & "more" of it');
    expect(received!.from?.text).toBe('"P" <p@papers.example>');
    expect(received!.text).toMatch(
      /▲ 9 {2}First <b>ζ<\/b> & "more" of it\nNVIDIA, R&D <Lab>\nIt is <script>.* short\.\nhttps:\/\/arxiv\.org\/abs\/2503\.00001\n\n▲ 5 {2}Second/,
    );
    const html = received!.html as string;
    expect(html).not.toMatch(/<script|<Lab>|<b>/);
    expect(html).toContain("First &#60;b&#62;ζ");
    expect(html).toContain("https://arxiv.org/abs/2503.00001");
    expect(html.indexOf("Second")).toBeLessThan(html.indexOf("Third"));
    expect(received!.text).toMatch(/Word and more .{200,280}…/);
    expect(received!.text).not.toMatch(/Not this|Yesterday|Tomorrow/);
  });

  it("carries the headers that mailing lists need, and unsubscribes with one click", async () => {
    await paperOf(DAY);
    await readers("ada@example.org", "grace@example.org");
    await send();
    const received = await mail.mailTo("ada@example.org");
    const link = linkIn(received, "unsubscribe");
    const { headers } = received;
    expect(received.raw).toContain(`<${link.href}>`);
    expect(received.raw).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
    expect(received.raw).toMatch(/^List-Id: <digest\.papers\.example>\r$/im);
    expect(headers.get("precedence")).toBe("bulk");
    expect(headers.get("auto-submitted")).toBe("auto-generated");
    expect(received.messageId).toMatch(/^<digest\.daily\.2025-03-05\.\d+@papers\.example>$/);
    expect(received.date).toBeInstanceOf(Date);
    expect(linkIn(await mail.mailTo("grace@example.org"), "unsubscribe").href).not.toBe(link.href);

    const url = link.pathname + link.search;
    // What looks at links for viruses ends nothing.
    const page = await api.app.inject({ url });
    expect(page.body).toContain("Unsubscribe</button>");
    await paperOf("2025-03-06");
    await send({ date: "2025-03-06" });
    await mail.mailTo("ada@example.org", 2);

    // As mail programs send it, in either of the two forms that RFC 8058 has.
    const click = await api.app.inject({
      method: "POST",
      url,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      payload: "List-Unsubscribe=One-Click",
    });
    expect(click.statusCode).toBe(200);
    const again = await api.app.inject({
      method: "POST",
      url,
      headers: { "content-type": "multipart/form-data; boundary=x" },
      payload: '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
    });
    expect(again.statusCode).toBe(200);
    await paperOf("2025-03-07");
    await send({ date: "2025-03-07" });
    await mail.mailTo("grace@example.org", 3);
    expect(mail.to("ada@example.org")).toHaveLength(2);
    const left = await api.db.query("test.left", sql`SELECT address FROM digest_subscriptions`);
    expect(left).toEqual([{ address: "grace@example.org" }]);
  });

  it("has the week's papers for those who want it weekly, fifty at most, and tells how many there are", async () => {
    await readers("weekly@example.org", "daily@example.org");
    for (let n = 0; n < 52; n++) await paperOf("2025-03-07", { title: `Paper no. ${n}`, upvotes: 100 - n });
    await paperOf(MONDAY, { title: "Monday's", upvotes: 500 });
    await paperOf("2025-03-09", { title: "Sunday's", upvotes: 400 });
    await paperOf("2025-03-10", { title: "Next week's", upvotes: 900 });
    await send();
    expect(mail.to("daily@example.org")).toEqual([]);
    const received = await mail.mailTo("weekly@example.org");
    expect(received.subject).toMatch(/^Papers of 3\s?–\s?9 March 2025: Monday's$/);
    expect(received.text).toContain("54 papers, the most upvoted first");
    expect(received.text).toContain("And 4 more papers.");
    expect(received.text).toMatch(/Monday's[\s\S]*Sunday's[\s\S]*Paper no\. 0\n[\s\S]*Paper no\. 47/);
    expect(received.text).not.toMatch(/Paper no\. 48|Next week/);
    expect(received.raw.length).toBeLessThan(100_000);
  });

  it("is not sent for a period without papers", async () => {
    await readers("ada@example.org", "weekly@example.org");
    await paperOf("2025-02-01");
    expect(await send()).toMatchObject({ complete: true });
    expect(mail.mails).toEqual([]);
    expect(await states()).toEqual([]);
  });

  it("is sent once for a period, however often it is sent", async () => {
    await paperOf(DAY);
    await readers("ada@example.org", "weekly@example.org");
    await send();
    await paperOf(DAY, { title: "Late" });
    const second = await send();
    expect(second.complete).toBe(true);
    expect(second.out).toContain("0 sent");
    // Another day of the same week.
    await paperOf("2025-03-06");
    await send({ date: "2025-03-06" });
    expect(mail.to("ada@example.org")).toHaveLength(2);
    expect(mail.to("weekly@example.org")).toHaveLength(1);
  });

  it("shows with --dry-run what would be sent, and sends and writes nothing, with no mail server at all", async () => {
    await paperOf(DAY, { title: "Shown", upvotes: 3 });
    await readers("ada@example.org", "grace@example.org");
    const { out } = await send({ dryRun: true }, { SMTP_URL: "" });
    expect(out).toContain("DAILY 5 March 2025, 1 paper: 2 mails would be sent.");
    expect(out).toContain("Subject: Papers of 5 March 2025: Shown");
    expect(out).toContain("▲ 3  Shown");
    expect(out).not.toContain("@example.org");
    expect(mail.mails).toEqual([]);
    expect(await states()).toEqual([]);
  });

  it("goes with confirmations that wait for a mail server", async () => {
    await api.db.query(
      "test.request",
      sql`INSERT INTO digest_requests (address, frequency) VALUES ('new@example.org', 'WEEKLY')`,
    );
    const { out } = await send();
    expect(linkIn(await mail.mailTo("new@example.org"), "confirm").origin).toBe("https://papers.example");
    expect(out).toContain("1 mail sent that ask");
  });
});

describe("a mail server's refusal", () => {
  beforeEach(async () => {
    await paperOf(DAY);
    await readers("ada@example.org", "bad@example.org", "zoe@example.org");
  });

  it("of one address stops no other, is told without the address, and is not tried again", async () => {
    mail.onRecipient = (address) => (address.startsWith("bad") ? 550 : 250);
    const first = await send();
    expect(first.complete).toBe(false);
    expect(first.out).toContain("2 sent, 1 refused.");
    expect(first.notes).toMatch(/Reader \d+: refused \(550 to RCPT TO\)/);
    expect(first.out + first.notes).not.toContain("bad");
    expect(await states()).toEqual([
      { address: "ada@example.org", state: "SENT", failures: 0 },
      { address: "bad@example.org", state: "REFUSED", failures: 1 },
      { address: "zoe@example.org", state: "SENT", failures: 0 },
    ]);
    mail.onRecipient = () => 250;
    expect(await send()).toMatchObject({ complete: true });
    expect(mail.mails).toHaveLength(2);
  });

  it.each(["onRecipient", "onMail"] as const)(
    "for now (%s) puts the mail off to the next run, three times",
    async (hook) => {
      mail[hook] = (address) => (address.startsWith("bad") ? 451 : 250);
      const accepted = () => mail.mails.filter(({ recipient }) => !recipient.startsWith("bad")).length;
      expect((await send()).out).toContain("1 put off to the next run");
      // The next run may be for another day.
      expect((await send({ date: "2025-03-06" })).complete).toBe(false);
      expect(await states()).toContainEqual({ address: "bad@example.org", state: "PUT_OFF", failures: 2 });
      mail[hook] = () => 250;
      mail.mails.length = 0;
      expect(await send({ date: "2025-03-06" })).toMatchObject({ complete: true });
      expect(mail.mails.map(({ recipient, subject }) => ({ recipient, day: subject?.slice(0, 23) }))).toEqual(
        [{ recipient: "bad@example.org", day: "Papers of 5 March 2025:" }],
      );
      expect(accepted()).toBe(0);
    },
  );

  it("for now, given again and again, is one for good", async () => {
    mail.onRecipient = (address) => (address.startsWith("bad") ? 451 : 250);
    for (let n = 0; n < 4; n++) await send();
    expect(await states()).toContainEqual({ address: "bad@example.org", state: "REFUSED", failures: 3 });
  });

  it("of three mails in a row ends the subscription", async () => {
    mail.onRecipient = (address) => (address.startsWith("bad") ? 550 : 250);
    for (const day of ["2025-03-06", "2025-03-07"]) await paperOf(day);
    await send();
    await send({ date: "2025-03-06" });
    const third = await send({ date: "2025-03-07" });
    expect(third.out).toContain("take no mail: 1.");
    expect(
      await api.db.query("test.left", sql`SELECT address FROM digest_subscriptions ORDER BY address`),
    ).toEqual([{ address: "ada@example.org" }, { address: "zoe@example.org" }]);
  });

  it("to somebody who has unsubscribed at that very moment is no mail at all", async () => {
    mail.onRecipient = async (address) => {
      if (address.startsWith("bad"))
        await api.db.query("test.gone", sql`DELETE FROM digest_subscriptions WHERE address = ${address}`);
      return 250;
    };
    expect(await send()).toMatchObject({ complete: true });
    expect(mail.mails.map(({ recipient }) => recipient).sort()).toEqual([
      "ada@example.org",
      "zoe@example.org",
    ]);
  });
});

describe("a mail server", () => {
  it("that goes away in the middle ends the run; the next one sends the rest, once", async () => {
    const addresses = Array.from({ length: 8 }, (_, n) => `reader-${n}@example.org`);
    await paperOf(DAY);
    await readers(...addresses);
    const failing = await mailServer();
    failing.onRecipient = async (address) => {
      if (address === "reader-6@example.org") await failing.close();
      return 250;
    };
    await expect(send({}, { SMTP_URL: failing.url })).rejects.toThrow(/^The mail server cannot be used/);
    expect(failing.mails.length).toBeGreaterThan(0);
    expect(await send()).toMatchObject({ complete: true });
    expect([...failing.mails, ...mail.mails].map(({ recipient }) => recipient).sort()).toEqual(addresses);
  });

  it("on the same machine may have any certificate", async () => {
    await paperOf(DAY);
    await readers("ada@example.org");
    const encrypted = await mailServer({ startTls: true });
    expect(await send({}, { SMTP_URL: encrypted.url })).toMatchObject({ complete: true });
    expect(encrypted.mails.map(({ recipient, secure }) => ({ recipient, secure }))).toEqual([
      { recipient: "ada@example.org", secure: true },
    ]);
    await encrypted.close();
  });
});

describe("papergraph digest send", () => {
  it.each([
    [{ SMTP_URL: "" }, /^SMTP_URL is not set: set it to .*smtp:\/\/.* MAIL_FROM .* PUBLIC_URL/],
    [{ SMTP_URL: "", DIGEST: "on" }, /^SMTP_URL is not set/],
    [{ DIGEST: "off" }, /^The digest is switched off: set DIGEST=on/],
    [{ PUBLIC_URL: "", HOST: "0.0.0.0" }, /^PUBLIC_URL is not set/],
    [{ MAIL_FROM: "nobody" }, /^MAIL_FROM is "nobody"/],
    [{ MAIL_FROM: "a@example.org, b@example.org" }, /^MAIL_FROM is /],
    [{ SMTP_URL: "smtp://127.0.0.1:1" }, /^The mail server cannot be used \(ECONNREFUSED\): .*SMTP_URL/],
  ])("with %j says in one line what to do", async (env, line) => {
    await expect(send({}, env)).rejects.toThrow(line);
  });

  it("refuses days that do not exist or have not come, by the option's name", async () => {
    await expect(send({ date: "2025-02-30" })).rejects.toThrow(/^--date: takes/);
    await expect(send({ date: "9999-01-01" })).rejects.toThrow(/^--date takes a day that has come/);
  });
});
