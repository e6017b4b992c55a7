import { createHash } from "node:crypto";
import sql from "sql-template-tag";
import type { ColumnsOf } from "../platform/database/columns.js";
import type { Database } from "../platform/database/database.js";
import { PapergraphError } from "../shared/errors.js";
import { ClaimStore } from "../users/claims/claim.store.js";
import { PERSON_SOURCE } from "../users/claims/person-source.js";
import type { Identity } from "./identity-provider.js";
import { isReserved } from "../users/reserved-names.js";
import { User } from "../users/user.entity.js";
import { toUser } from "../users/user.store.js";
import type { Viewer } from "../users/viewer.js";

/** Characters of a name that a provider gave; what is added to tell two apart comes after them. */
const MAX_NAME = 80;

interface KnownUser {
  user: User;
  /** Whether the imported person whom the identity names is there and nobody's yet. */
  mayClaim: boolean;
}

/** Thrown to undo a transaction that another one was ahead of. */
class Overtaken extends Error {}

/** Who is known by an identity provider. Issuer and subject make the person; names are only what they are called. */
export class IdentityStore {
  constructor(
    private readonly db: Database,
    private readonly columns: ColumnsOf,
  ) {}

  /** @returns the user of an identity, made when it is seen for the first time: a new one, whatever they are called. */
  async userOf(identity: Identity): Promise<Viewer> {
    const { tokensUntil } = identity;
    const known = (await this.find(identity)) ?? (await this.make(identity));
    if (!known.mayClaim || identity.person === null) return Object.assign(known.user, { tokensUntil });
    await this.claim(known.user, identity.person);
    const { user } = (await this.find(identity)) ?? known;
    return Object.assign(user, { tokensUntil });
  }

  /** Signing in does not depend on it: where the database is too busy, the next request tries again. */
  private async claim(user: User, person: string): Promise<void> {
    try {
      await new ClaimStore(this.db).claimIfFree(user.key, person);
    } catch (error) {
      if (!(error instanceof PapergraphError)) throw error;
    }
  }

  private async make(identity: Identity): Promise<KnownUser> {
    try {
      await this.db.transaction((tx) => this.create(tx, identity));
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
    }
    const made = await this.find(identity);
    if (!made) throw new Error("A user was deleted while they signed in.");
    return made;
  }

  private async find({ issuer, subject, person }: Identity): Promise<KnownUser | null> {
    const row = await this.db.first<User & { mayClaim: boolean }>(
      "identities.find",
      sql`SELECT ${this.columns(User, "u")}, EXISTS (
            SELECT FROM users p WHERE p.qualified_key = lower(${person}::text) AND p.claimed_by IS NULL) AS "mayClaim"
          FROM user_identities i JOIN users u ON u.id = i.user_id
          WHERE i.issuer = ${issuer} AND i.subject = ${subject}`,
      { prepared: "label" },
    );
    if (!row) return null;
    const { mayClaim, ...user } = row;
    return { user: toUser(user as User), mayClaim };
  }

  /** Nobody loses a name to a new user, but an imported person to the user who is that person. */
  private async create(tx: Database, identity: Identity): Promise<void> {
    for (const name of namesFor(identity)) {
      const person = `${PERSON_SOURCE}:${name}`;
      const isThemselves = identity.person?.toLowerCase() === person.toLowerCase();
      if (isThemselves) await qualifyPerson(tx, person);
      const user = await tx.first<User>(
        "identities.addUser",
        sql`INSERT INTO users AS u (username) SELECT ${name}::text
            WHERE ${isThemselves} OR NOT EXISTS (SELECT FROM users p WHERE p.qualified_key = lower(${person}))
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
      return;
    }
    throw new Overtaken();
  }
}

/** An imported person who is nobody's yet is `source:name` from now on: the bare name is free. */
async function qualifyPerson(tx: Database, person: string): Promise<void> {
  await tx.query(
    "identities.qualifyPerson",
    sql`UPDATE users SET username = imported_from || ':' || handle
        WHERE qualified_key = lower(${person}) AND claimed_by IS NULL`,
  );
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
  const base = clean && !isReserved(clean) ? clean : "user";
  return [
    ...(base === "user" ? [] : [base]),
    `${base}-${digest.slice(0, 8)}`,
    `${base}-${digest.slice(0, 16)}`,
  ];
}
