import sql, { type Sql } from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { OperatorError } from "../../shared/errors.js";
import type { User } from "../user.entity.js";

interface Person {
  key: number;
  claimedBy: number | null;
}

/** What a claim moved. */
export interface ClaimCounts {
  submissions: number;
  authorships: number;
}

/**
 * Joins an imported person to the user of this installation who is that person: the person's submissions and places in
 * lists of authors become the user's. Papers name the user, so whoever reads them needs to know nothing of claims; what
 * was the person's is noted beside it, for imports and for the way back. The person's row is locked first, then papers in
 * the order of ids: the importer does the same (LOCK_PEOPLE in import/merge-names.ts).
 */
export class ClaimStore {
  constructor(private readonly db: Database) {}

  /**
   * For an administrator; again is the same.
   * @param person `source:handle`.
   * @throws OperatorError for a person who is not known, or claimed by another user.
   */
  claim(user: User, person: string): Promise<ClaimCounts> {
    return this.db.transaction(async (tx) => {
      const { key, claimedBy } = await lockedPerson(tx, person);
      if (claimedBy === user.key) return { submissions: 0, authorships: 0 };
      if (claimedBy !== null)
        throw new OperatorError(
          `"${person}" is claimed by another user: undo that with \`papergraph user unclaim\` first.`,
        );
      return joinPerson(tx, user.key, key);
    });
  }

  /** Undoes a claim. @throws OperatorError for a person whom the user did not claim. */
  unclaim(user: User, person: string): Promise<ClaimCounts> {
    return this.db.transaction(async (tx) => {
      const { key, claimedBy } = await lockedPerson(tx, person);
      if (claimedBy !== user.key) throw new OperatorError(`${user.username} has not claimed "${person}".`);
      return partPerson(tx, key);
    });
  }

  /**
   * For an identity provider that says who its user is. Does nothing for a person who is claimed already or not known yet,
   * nor while an import holds the person: the next request tries again.
   */
  async claimIfFree(userKey: number, person: string): Promise<void> {
    await this.db.transaction(async (tx) => {
      const [found] = await findPerson(tx, person, sql`AND claimed_by IS NULL FOR NO KEY UPDATE SKIP LOCKED`);
      if (found) await joinPerson(tx, userKey, found.key);
    });
  }
}

async function lockedPerson(tx: Database, person: string): Promise<Person> {
  const [found] = await findPerson(tx, person, sql`FOR NO KEY UPDATE`);
  if (!found)
    throw new OperatorError(
      `There is no imported person "${person}": write the source and the name there, such as huggingface:name.`,
    );
  return found;
}

function findPerson(tx: Database, person: string, rest: Sql): Promise<Person[]> {
  return tx.query<Person>(
    "claims.findPerson",
    sql`SELECT id AS key, claimed_by AS "claimedBy" FROM users WHERE qualified_key = lower(${person}) ${rest}`,
  );
}

/** A user without a name or picture of their own gets the person's. */
async function joinPerson(tx: Database, userKey: number, personKey: number): Promise<ClaimCounts> {
  await tx.query("claims.set", sql`UPDATE users SET claimed_by = ${userKey} WHERE id = ${personKey}`);
  await tx.query(
    "claims.fillProfile",
    sql`UPDATE users u SET full_name = coalesce(u.full_name, p.full_name), avatar_url = coalesce(u.avatar_url, p.avatar_url)
        FROM users p WHERE u.id = ${userKey} AND p.id = ${personKey}`,
  );
  const submissions = await tx.query(
    "claims.moveSubmissions",
    sql`WITH theirs AS MATERIALIZED (
          SELECT id FROM papers WHERE submitted_by = ${personKey} ORDER BY id FOR NO KEY UPDATE
        ), moved AS (
          UPDATE papers p SET submitted_by = ${userKey}, updated_at = now() FROM theirs WHERE p.id = theirs.id
        )
        INSERT INTO claimed_submissions (paper_id, person_id) SELECT id, ${personKey}::integer FROM theirs
        ON CONFLICT (paper_id) DO UPDATE SET person_id = excluded.person_id RETURNING paper_id`,
  );
  const authorships = await tx.query(
    "claims.moveAuthorships",
    sql`UPDATE author_claims SET user_id = ${userKey}, person_id = ${personKey} WHERE user_id = ${personKey} RETURNING paper_id`,
  );
  return { submissions: submissions.length, authorships: authorships.length };
}

/** Gives back to a person what a claim moved. To be run in a transaction that holds the person's row. */
export async function partPerson(tx: Database, personKey: number): Promise<ClaimCounts> {
  await tx.query(
    "claims.emptyProfile",
    sql`UPDATE users u SET full_name = nullif(u.full_name, p.full_name), avatar_url = nullif(u.avatar_url, p.avatar_url)
        FROM users p WHERE p.id = ${personKey} AND u.id = p.claimed_by`,
  );
  const submissions = await tx.query(
    "claims.returnSubmissions",
    sql`WITH theirs AS MATERIALIZED (
          SELECT p.id FROM claimed_submissions c JOIN users person ON person.id = c.person_id
          JOIN papers p ON p.id = c.paper_id AND p.submitted_by = person.claimed_by
          WHERE person.id = ${personKey} ORDER BY p.id FOR NO KEY UPDATE OF p
        ), forgotten AS (
          DELETE FROM claimed_submissions WHERE person_id = ${personKey}
        )
        UPDATE papers p SET submitted_by = ${personKey}, updated_at = now() FROM theirs WHERE p.id = theirs.id RETURNING p.id`,
  );
  const authorships = await tx.query(
    "claims.returnAuthorships",
    sql`UPDATE author_claims SET user_id = person_id, person_id = NULL WHERE person_id = ${personKey} RETURNING paper_id`,
  );
  await tx.query("claims.unset", sql`UPDATE users SET claimed_by = NULL WHERE id = ${personKey}`);
  return { submissions: submissions.length, authorships: authorships.length };
}
