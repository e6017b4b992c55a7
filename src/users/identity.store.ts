import { createHash } from "node:crypto";
import sql from "sql-template-tag";
import type { ColumnsOf } from "../database/columns.js";
import type { Database } from "../database/database.js";
import type { Identity } from "./identity-provider.js";
import { User } from "./user.entity.js";
import { toUser } from "./user.store.js";

/** Characters of a name that a provider gave; what is added to tell two apart comes after them. */
const MAX_NAME = 80;

/** Thrown to undo a transaction that another one was ahead of. */
class Overtaken extends Error {}

/** Who is known by an identity provider. Issuer and subject make the person; names are only what they are called. */
export class IdentityStore {
  constructor(
    private readonly db: Database,
    private readonly columns: ColumnsOf,
  ) {}

  /** @returns the user of an identity, made when it is seen for the first time: a new one, whatever they are called. */
  async userOf(identity: Identity): Promise<User> {
    const known = await this.find(identity);
    if (known) return known;
    try {
      return await this.db.transaction((tx) => this.create(tx, identity));
    } catch (error) {
      const other = error instanceof Overtaken ? await this.find(identity) : null;
      if (!other) throw error;
      return other;
    }
  }

  private async find({ issuer, subject }: Identity): Promise<User | null> {
    const row = await this.db.first<User>(
      "identities.find",
      sql`SELECT ${this.columns(User, "u")} FROM user_identities i JOIN users u ON u.id = i.user_id
          WHERE i.issuer = ${issuer} AND i.subject = ${subject}`,
      { prepared: "label" },
    );
    return row && toUser(row);
  }

  private async create(tx: Database, identity: Identity): Promise<User> {
    for (const name of namesFor(identity)) {
      const user = await tx.first<User>(
        "identities.addUser",
        sql`INSERT INTO users AS u (username) VALUES (${name})
            ON CONFLICT (username_key) DO NOTHING RETURNING ${this.columns(User, "u")}`,
      );
      if (!user) continue;
      const bound = await tx.query(
        "identities.bind",
        sql`INSERT INTO user_identities (issuer, subject, user_id)
            VALUES (${identity.issuer}, ${identity.subject}, ${user.key})
            ON CONFLICT (issuer, subject) DO NOTHING RETURNING user_id`,
      );
      if (!bound.length) throw new Overtaken();
      return toUser(user);
    }
    throw new Overtaken();
  }
}

/**
 * The name as the provider has it, when it can be one and is free; otherwise with a part of a digest that is the
 * person's own. Of an e-mail address the domain is left out: user names are public.
 */
function namesFor({ issuer, subject, name }: Identity): string[] {
  const clean = (name.split("@")[0] ?? "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "")
    .slice(0, MAX_NAME);
  const digest = createHash("sha256")
    .update(JSON.stringify([issuer, subject]))
    .digest("hex");
  const base = clean || "user";
  return [...(clean ? [clean] : []), `${base}-${digest.slice(0, 8)}`, `${base}-${digest.slice(0, 16)}`];
}
