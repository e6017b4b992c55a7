import sql, { type Sql } from "sql-template-tag";
import { DIGEST_LOCK } from "../platform/database/advisory-locks.js";
import type { Database } from "../platform/database/database.js";
import { DigestFrequency } from "./digest-frequency.js";

/** Times that a mail is tried. */
const MAX_FAILURES = 3;
/** Periods in a row in which an address took no mail, after which its subscription ends. */
const DEAD_AFTER = 3;
/** Days after its last try for which a mail that was put off is worth sending. */
const WORTH_SENDING = 14;

/** The days that one digest tells of, by the first of them (YYYY-MM-DD). */
export interface PeriodKey {
  frequency: DigestFrequency;
  start: string;
}

export interface Due {
  id: number;
  address: string;
}

/** Who is to be sent a digest: everybody who was not, or only those whose mail was put off. */
export interface DueOptions {
  onlyPutOff: boolean;
}

export class DeliveryStore {
  constructor(private readonly db: Database) {}

  /** Runs `work` while no other instance does; waits for its turn, and is free again when a process dies. */
  async alone<T>(work: () => Promise<T>, onWait: () => void): Promise<T> {
    return this.db.connected(async (_client, db) => {
      const row = await db.first<{ ours: boolean }>(
        "digest.tryLock",
        sql`SELECT pg_try_advisory_lock(${DIGEST_LOCK}) AS ours`,
      );
      if (!row?.ours) {
        onWait();
        // Put back by value: RESET goes to the role's settings where a statement made the connection's (DATABASE_POOLER).
        const before = await db.first<{ statement: string; lock: string }>(
          "digest.timeouts",
          sql`SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock`,
        );
        await db.query("digest.waitLong", sql`SET statement_timeout = 0`);
        await db.query("digest.waitLong", sql`SET lock_timeout = 0`);
        await db.query("digest.lock", sql`SELECT pg_advisory_lock(${DIGEST_LOCK})`);
        await db.query(
          "digest.waitShort",
          sql`SELECT set_config('statement_timeout', ${before?.statement}, false), set_config('lock_timeout', ${before?.lock}, false)`,
        );
      }
      try {
        return await work();
      } finally {
        await db.query("digest.unlock", sql`SELECT pg_advisory_unlock(${DIGEST_LOCK})`);
      }
    });
  }

  /** @returns those who are due, in the order of their numbers, after `after`. */
  due(period: PeriodKey, options: DueOptions, after: number, limit: number): Promise<Due[]> {
    return this.db.query<Due>(
      "digest.due",
      sql`SELECT s.id, s.address ${dueFrom(period, options)} AND s.id > ${after} ORDER BY s.id LIMIT ${limit}`,
    );
  }

  async countDue(period: PeriodKey, options: DueOptions): Promise<number> {
    const row = await this.db.first<{ count: number }>(
      "digest.countDue",
      sql`SELECT count(*) AS count ${dueFrom(period, options)}`,
    );
    return row?.count ?? 0;
  }

  /** @returns periods of earlier runs with mails that were put off. */
  putOff(): Promise<PeriodKey[]> {
    return this.db.query<PeriodKey>(
      "digest.putOff",
      sql`SELECT DISTINCT frequency, to_char(period_start, 'YYYY-MM-DD') AS start FROM digest_deliveries
          WHERE state = 'PUT_OFF' AND updated_at > now() - make_interval(days => ${WORTH_SENDING})
          ORDER BY start, frequency`,
    );
  }

  /**
   * Notes that a mail leaves now. Committed before its end does, so nobody gets it twice: not after a crash, and
   * not from another instance.
   * @returns whether it may leave: false when it did before, or its reader has unsubscribed.
   */
  async handOver(subscriptionId: number, { frequency, start }: PeriodKey): Promise<boolean> {
    const rows = await this.db.query(
      "digest.handOver",
      sql`INSERT INTO digest_deliveries AS d (subscription_id, frequency, period_start, state)
          SELECT id, ${frequency}, ${start}::date, 'HANDED_OVER' FROM digest_subscriptions
          WHERE id = ${subscriptionId} FOR KEY SHARE
          ON CONFLICT (subscription_id, frequency, period_start)
          DO UPDATE SET state = 'HANDED_OVER', updated_at = now() WHERE d.state = 'PUT_OFF' RETURNING d.state`,
    );
    return rows.length > 0;
  }

  async sent(subscriptionId: number, { frequency, start }: PeriodKey): Promise<void> {
    await this.db.query(
      "digest.sent",
      sql`UPDATE digest_deliveries SET state = 'SENT', updated_at = now()
          WHERE subscription_id = ${subscriptionId} AND frequency = ${frequency} AND period_start = ${start}::date`,
    );
  }

  /**
   * Notes that the mail server did not take a mail: for good, or until the next run unless it was tried often enough.
   * Never touches a mail that another instance has handed over.
   */
  async failed(
    subscriptionId: number,
    { frequency, start }: PeriodKey,
    { forGood, handedOver }: { forGood: boolean; handedOver: boolean },
  ): Promise<void> {
    await this.db.query(
      "digest.failed",
      sql`INSERT INTO digest_deliveries AS d (subscription_id, frequency, period_start, state, failures)
          SELECT id, ${frequency}, ${start}::date, ${forGood ? "REFUSED" : "PUT_OFF"}, 1 FROM digest_subscriptions
          WHERE id = ${subscriptionId} FOR KEY SHARE
          ON CONFLICT (subscription_id, frequency, period_start) DO UPDATE SET
            failures = d.failures + 1, updated_at = now(),
            state = CASE WHEN d.failures + 1 >= ${MAX_FAILURES} THEN 'REFUSED' ELSE excluded.state END
          WHERE d.state = 'PUT_OFF' OR (d.state = 'HANDED_OVER' AND ${handedOver})`,
    );
  }

  /** @returns how many mails were on their way when an earlier run was cut off, or have not been answered. */
  async cutOff({ frequency, start }: PeriodKey): Promise<number> {
    const row = await this.db.first<{ count: number }>(
      "digest.cutOff",
      sql`SELECT count(*) AS count FROM digest_deliveries
          WHERE frequency = ${frequency} AND period_start = ${start}::date AND state = 'HANDED_OVER'`,
    );
    return row?.count ?? 0;
  }

  /** Ends the subscriptions of addresses that took none of their last mails. @returns how many. */
  async endDead(): Promise<number> {
    const rows = await this.db.query(
      "digest.endDead",
      sql`DELETE FROM digest_subscriptions s WHERE EXISTS (
            SELECT FROM digest_deliveries d WHERE d.subscription_id = s.id AND d.state = 'REFUSED')
          AND (SELECT count(*) = ${DEAD_AFTER} AND bool_and(last.state = 'REFUSED') FROM (
            SELECT d.state FROM digest_deliveries d WHERE d.subscription_id = s.id
            ORDER BY d.updated_at DESC LIMIT ${DEAD_AFTER}) last)
          RETURNING s.id`,
    );
    return rows.length;
  }
}

function dueFrom({ frequency, start }: PeriodKey, { onlyPutOff }: DueOptions): Sql {
  return sql`FROM digest_subscriptions s LEFT JOIN digest_deliveries d
      ON d.subscription_id = s.id AND d.frequency = ${frequency} AND d.period_start = ${start}::date
    WHERE s.frequency = ${frequency} AND (d.state = 'PUT_OFF' OR (d.state IS NULL AND NOT ${onlyPutOff}))`;
}
