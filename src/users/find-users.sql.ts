import sql, { type Sql } from "sql-template-tag";

/**
 * Finds users by name, whatever the case: a bare name is that of whoever has it (a user of this installation before an
 * imported person), `source:handle` always the imported person's. A name has a colon or none, so at most one row matches.
 * A person who was claimed stands for the user who claimed them.
 * @returns `name` as given and `id`, a row for each name that is known.
 */
export function userIdsByName(names: readonly string[]): Sql {
  return sql`SELECT given.name, coalesce(named.claimed_by, named.id) AS id FROM unnest(${names}::text[]) AS given(name)
    JOIN users named ON named.username_key = lower(given.name) OR named.qualified_key = lower(given.name)`;
}
