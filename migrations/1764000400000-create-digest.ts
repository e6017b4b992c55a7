import type { MigrationInterface, QueryRunner } from "typeorm";

/** The digest by e-mail: who asked for it, who gets it, what was sent. */
export class CreateDigest1764000400000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE digest_requests (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        address text NOT NULL CONSTRAINT digest_requests_address_key UNIQUE,
        frequency text NOT NULL CHECK (frequency IN ('DAILY', 'WEEKLY')),
        asked_at timestamptz NOT NULL DEFAULT now(),
        mail_due_at timestamptz DEFAULT now(),
        tries smallint NOT NULL DEFAULT 0,
        mails smallint NOT NULL DEFAULT 1,
        mails_since timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX digest_requests_mail_due_at_idx ON digest_requests (mail_due_at) WHERE mail_due_at IS NOT NULL;
      CREATE INDEX digest_requests_asked_at_idx ON digest_requests (asked_at);
      COMMENT ON TABLE digest_requests IS
        'Addresses that somebody entered, and the mails that ask their owners whether they want the digest. Forgotten after some days.';
      COMMENT ON COLUMN digest_requests.address IS 'In the one spelling that digest/email-address.ts makes.';
      COMMENT ON COLUMN digest_requests.mail_due_at IS 'When the mail is to be sent, or tried again; null when there is none to send.';
      COMMENT ON COLUMN digest_requests.mails IS 'Mails asked for since mails_since: an address gets only so many a day.';

      CREATE TABLE digest_subscriptions (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        address text NOT NULL CONSTRAINT digest_subscriptions_address_key UNIQUE,
        frequency text NOT NULL CHECK (frequency IN ('DAILY', 'WEEKLY')),
        confirmed_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE digest_subscriptions IS
        'Addresses whose owners said yes. Who unsubscribes is deleted: nothing is kept of those who want nothing.';

      CREATE TABLE digest_deliveries (
        subscription_id integer NOT NULL REFERENCES digest_subscriptions ON DELETE CASCADE,
        frequency text NOT NULL CHECK (frequency IN ('DAILY', 'WEEKLY')),
        period_start date NOT NULL,
        state text NOT NULL CHECK (state IN ('HANDED_OVER', 'SENT', 'PUT_OFF', 'REFUSED')),
        failures smallint NOT NULL DEFAULT 0,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (subscription_id, frequency, period_start)
      );
      CREATE INDEX digest_deliveries_put_off_idx ON digest_deliveries (frequency, period_start) WHERE state = 'PUT_OFF';
      COMMENT ON COLUMN digest_deliveries.state IS
        'HANDED_OVER is committed before the end of a mail leaves: whatever happens then, it is not sent again. SENT, PUT_OFF and REFUSED are what the mail server answered.';

      CREATE TABLE digest_secret (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        secret bytea NOT NULL
      );
      COMMENT ON TABLE digest_secret IS
        'The key that signs links in mails, the same for all instances. Deleting the row makes a new one and all links void.';
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE digest_secret, digest_deliveries, digest_subscriptions, digest_requests;`);
  }
}
