import { randomBytes } from "node:crypto";
import sql, { type Sql } from "sql-template-tag";
import type { Database } from "../platform/database/database.js";
import type { DigestFrequency } from "./digest-frequency.js";

/** Mails that an address gets in a day because somebody entered it. */
const MAILS_A_DAY = 3;
/** Times that the mail server may put off one such mail: after 2, 8 and 32 minutes, then every two hours or so. */
const MAX_TRIES = 6;
/** Days after which an address that was entered is forgotten; links to confirm are void long before. */
const FORGET_AFTER = 7;

/** A mail that asks whether its reader wants the digest. */
export interface ConfirmationRequest {
  id: number;
  address: string;
  frequency: DigestFrequency;
  /** How often it was tried, this time included. */
  tries: number;
}

export class SubscriptionStore {
  private cachedSecret: Promise<Uint8Array> | null = null;

  constructor(private readonly db: Database) {}

  /**
   * Notes that somebody entered an address. This is all that happens while they wait for the answer, one statement for
   * every address, and it does not look at who is subscribed: the answer can tell nothing, nor can the time it takes.
   * Beyond the day's mails, to the address or to all addresses of its mailbox, nothing more is sent.
   */
  async request(address: string, frequency: DigestFrequency): Promise<void> {
    const isNewDay = sql`r.mails_since < now() - interval '1 day'`;
    const mayMail = sql`excluded.mails > 0 AND (r.mails < ${MAILS_A_DAY} OR ${isNewDay})`;
    await this.db.query(
      "digest.request",
      sql`INSERT INTO digest_requests AS r (address, frequency, mails, mail_due_at)
          SELECT ${address}, ${frequency}, CASE WHEN others.mails < ${MAILS_A_DAY} THEN 1 ELSE 0 END,
            CASE WHEN others.mails < ${MAILS_A_DAY} THEN now() END
          FROM (SELECT coalesce(sum(o.mails), 0) AS mails FROM digest_requests o
                WHERE ${mailboxOf(sql`o.address`)} = ${mailboxOf(sql`${address}::text`)} AND o.address <> ${address}
                  AND o.mails_since >= now() - interval '1 day') others
          ON CONFLICT (address) DO UPDATE SET
            frequency = excluded.frequency, asked_at = now(), tries = 0,
            mail_due_at = CASE WHEN ${mayMail} THEN now() ELSE r.mail_due_at END,
            mails = CASE WHEN ${isNewDay} THEN excluded.mails ELSE least(r.mails + excluded.mails, ${MAILS_A_DAY}) END,
            mails_since = CASE WHEN ${isNewDay} THEN now() ELSE r.mails_since END`,
    );
  }

  /**
   * Takes mails that are due. Each is taken by one instance, and comes up again later unless it is said to be done: a
   * second mail that asks does no harm, a lost one loses a reader.
   */
  dueMails(limit: number): Promise<ConfirmationRequest[]> {
    return this.db.query<ConfirmationRequest>(
      "digest.dueMails",
      sql`UPDATE digest_requests r SET tries = r.tries + 1, mail_due_at = now() + interval '2 minutes' * least(power(4, r.tries), 64)
          FROM (SELECT id FROM digest_requests WHERE mail_due_at <= now() ORDER BY mail_due_at LIMIT ${limit}
                FOR NO KEY UPDATE SKIP LOCKED) due
          WHERE r.id = due.id RETURNING r.id, r.address, r.frequency, r.tries`,
    );
  }

  /** Says that a mail is sent, or never will be; not so when it was asked for anew meanwhile. */
  async mailDone({ id, tries }: ConfirmationRequest): Promise<void> {
    await this.db.query(
      "digest.mailDone",
      sql`UPDATE digest_requests SET mail_due_at = NULL WHERE id = ${id} AND tries = ${tries}`,
    );
  }

  /** Says that the mail server put a mail off; after some times there is no next time. */
  async mailPutOff(request: ConfirmationRequest): Promise<void> {
    if (request.tries >= MAX_TRIES) await this.mailDone(request);
  }

  /** Subscribes the address that was entered. @returns false when it is forgotten, or its owner unsubscribed since. */
  async confirm(requestId: number, frequency: DigestFrequency): Promise<boolean> {
    const rows = await this.db.query(
      "digest.confirm",
      sql`INSERT INTO digest_subscriptions (address, frequency)
          SELECT address, ${frequency} FROM digest_requests WHERE id = ${requestId}
          ON CONFLICT (address) DO UPDATE SET frequency = excluded.frequency RETURNING id`,
    );
    return rows.length > 0;
  }

  /** Ends a subscription, and the links that could begin it again; ended already is as good. */
  async unsubscribe(id: number): Promise<void> {
    await this.db.query(
      "digest.unsubscribe",
      sql`WITH gone AS (DELETE FROM digest_subscriptions WHERE id = ${id} RETURNING address)
          DELETE FROM digest_requests r USING gone WHERE r.address = gone.address`,
    );
  }

  /** Forgets addresses that were entered some days ago; those whose owners said yes stand elsewhere. */
  async forget(): Promise<void> {
    await this.db.query(
      "digest.forget",
      sql`DELETE FROM digest_requests WHERE asked_at < now() - make_interval(days => ${FORGET_AFTER})`,
    );
  }

  /** @returns the key that signs links: made once, by whichever instance is first, and kept in the database. */
  secret(): Promise<Uint8Array> {
    this.cachedSecret ??= this.loadSecret().catch((error: unknown) => {
      this.cachedSecret = null;
      throw error;
    });
    return this.cachedSecret;
  }

  private async loadSecret(): Promise<Uint8Array> {
    await this.db.query(
      "digest.makeSecret",
      sql`INSERT INTO digest_secret (secret) VALUES (${randomBytes(32)}) ON CONFLICT DO NOTHING`,
    );
    const row = await this.db.first<{ secret: Buffer }>(
      "digest.secret",
      sql`SELECT secret FROM digest_secret`,
    );
    if (!row) throw new Error("INSERT gave no row.");
    return new Uint8Array(row.secret);
  }
}

/**
 * @returns the mailbox that an address probably leads to, to count what it gets: mail servers deliver `ada+papers@` to
 * `ada@`, and Google's ignore dots. Mails go to the address itself.
 */
function mailboxOf(address: Sql): Sql {
  const name = sql`split_part(split_part(${address}, '@', 1), '+', 1)`;
  const domain = sql`split_part(${address}, '@', 2)`;
  return sql`CASE WHEN ${domain} IN ('gmail.com', 'googlemail.com') THEN replace(${name}, '.', '') || '@gmail.com'
             ELSE ${name} || '@' || ${domain} END`;
}
