import { randomBytes } from "node:crypto";
import pg from "pg";
import sql, { join, raw, type Sql } from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import { OperatorError } from "../../shared/errors.js";
import { scramVerifier } from "../../platform/database/embedded/scram-verifier.js";

/** Bytes of a name in PostgreSQL. */
const MAX_NAME = 63;

/** What holds for whoever connects as the role. A session may set them anew: they guard against slips, rights against the rest. */
const SETTINGS = {
  statement_timeout: "60s",
  idle_in_transaction_session_timeout: "60s",
  default_transaction_read_only: "on",
  search_path: "analytics",
};

/** What only a superuser can set, and the role cannot lift: bytes of each of its sessions on the disk. */
const SUPERUSER_SETTINGS = { temp_file_limit: "1GB" };

/** Sessions of a role that is made here: the others are the server's. */
const CONNECTIONS = 10;

/** Every role may fill the disk with large objects until these are taken away; the server uses none. */
const LARGE_OBJECT_WRITERS = [
  ...["lo_creat(integer)", "lo_create(oid)", "lo_from_bytea(oid, bytea)", "lo_put(oid, bigint, bytea)"],
  ...["lowrite(integer, bytea)", "lo_truncate(integer, integer)", "lo_truncate64(integer, bigint)"],
];

/**
 * Lets a role read the views of the schema `analytics`. A role that there is not yet is made, with a password.
 * Doing it again changes nothing.
 * @returns the new role's password; null for a role that was there.
 * @throws OperatorError for a name that no role can have, and when the role could do more than read those views, in
 * which case nothing was changed.
 */
export async function grantAnalytics(db: Database, role: string): Promise<string | null> {
  return explained(role, () =>
    db.transaction(async (tx) => {
      const name = roleName(role);
      const password = (await exists(tx, role)) ? null : randomBytes(24).toString("base64url");
      if (password !== null)
        await tx.query(
          "analytics.createRole",
          sql`CREATE ROLE ${name} LOGIN CONNECTION LIMIT ${raw(String(CONNECTIONS))} PASSWORD ${text(scramVerifier(password))}`,
        );
      const place = await placeOf(tx);
      for (const statement of [
        sql`GRANT USAGE ON SCHEMA analytics TO ${name}`,
        sql`GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO ${name}`,
        // For views that later versions add.
        sql`ALTER DEFAULT PRIVILEGES FOR ROLE ${place.viewOwner} IN SCHEMA analytics GRANT SELECT ON TABLES TO ${name}`,
        ...settingsOf(place).map(
          ([setting, value]) =>
            sql`ALTER ROLE ${name} IN DATABASE ${place.database} SET ${raw(setting)} = ${text(value)}`,
        ),
        ...(await takenAway(tx, name, place)),
      ])
        await tx.query("analytics.grant", statement);
      const excess = await excessOf(tx, role);
      if (excess)
        throw new OperatorError(
          `The role "${role}" ${excess}, so it could do more than read the analytics views: nothing was changed. Name another role, or take that right away first.`,
        );
      return password;
    }),
  );
}

/**
 * Takes the rights back; the role stays.
 * @throws OperatorError when there is no such role.
 */
export async function revokeAnalytics(db: Database, role: string): Promise<void> {
  await explained(role, () =>
    db.transaction(async (tx) => {
      const name = roleName(role);
      if (!(await exists(tx, role))) throw new OperatorError(`There is no role "${role}".`);
      const place = await placeOf(tx);
      for (const statement of [
        sql`ALTER DEFAULT PRIVILEGES FOR ROLE ${place.viewOwner} IN SCHEMA analytics REVOKE ALL ON TABLES FROM ${name}`,
        sql`REVOKE ALL ON ALL TABLES IN SCHEMA analytics FROM ${name}`,
        sql`REVOKE ALL ON SCHEMA analytics FROM ${name}`,
        ...settingsOf(place).map(
          ([setting]) => sql`ALTER ROLE ${name} IN DATABASE ${place.database} RESET ${raw(setting)}`,
        ),
      ])
        await tx.query("analytics.revoke", statement);
    }),
  );
}

function roleName(role: string): Sql {
  if (!role || role.includes("\0") || Buffer.byteLength(role) > MAX_NAME)
    throw new OperatorError(`A role's name has 1 to ${MAX_NAME} bytes.`);
  return identifier(role);
}

function identifier(name: string): Sql {
  return raw(pg.escapeIdentifier(name));
}

/** Utility statements take no parameters. */
function text(value: string): Sql {
  return raw(pg.escapeLiteral(value));
}

async function exists(db: Database, role: string): Promise<boolean> {
  const found = await db.query("analytics.role", sql`SELECT FROM pg_roles WHERE rolname = ${role}`);
  return found.length > 0;
}

interface Place {
  database: Sql;
  /** Who makes the views of later versions. */
  viewOwner: Sql;
  ownsDatabase: boolean;
  isSuperuser: boolean;
}

/** @returns where the rights are given, and what we may do there. */
async function placeOf(db: Database): Promise<Place> {
  const row = await db.first<{ name: string; owner: string; ownsDatabase: boolean; isSuperuser: boolean }>(
    "analytics.place",
    sql`SELECT d.datname AS name, pg_get_userbyid(n.nspowner) AS owner, pg_has_role(d.datdba, 'USAGE') AS "ownsDatabase",
               r.rolsuper AS "isSuperuser"
        FROM pg_database d, pg_namespace n, pg_roles r
        WHERE d.datname = current_database() AND n.nspname = 'analytics' AND r.rolname = current_user`,
  );
  if (!row) throw new OperatorError("The database has no schema analytics: run `papergraph migrate` first.");
  const { ownsDatabase, isSuperuser } = row;
  return { database: identifier(row.name), viewOwner: identifier(row.owner), ownsDatabase, isSuperuser };
}

function settingsOf({ isSuperuser }: Place): [setting: string, value: string][] {
  return Object.entries({ ...SETTINGS, ...(isSuperuser ? SUPERUSER_SETTINGS : {}) });
}

/**
 * What PostgreSQL lets every role do, as far as we may take it away: large objects, and temporary tables and functions.
 * Imports make temporary tables, so whoever may add papers keeps that right.
 */
async function takenAway(db: Database, role: Sql, place: Place): Promise<Sql[]> {
  const functions = LARGE_OBJECT_WRITERS.map((name) => `pg_catalog.${name}`).join(", ");
  const largeObjects = place.isSuperuser
    ? [sql`REVOKE EXECUTE ON FUNCTION ${raw(functions)} FROM PUBLIC`]
    : [];
  if (!place.ownsDatabase) return largeObjects;
  const importers = await db.query<{ name: string }>(
    "analytics.importers",
    sql`SELECT DISTINCT pg_get_userbyid(a.grantee) AS name FROM pg_class c, aclexplode(c.relacl) a
        WHERE c.oid = 'public.papers'::regclass AND a.privilege_type = 'INSERT' AND a.grantee NOT IN (0, c.relowner)`,
  );
  return [
    ...largeObjects,
    ...importers.map(({ name }) => sql`GRANT TEMPORARY ON DATABASE ${place.database} TO ${identifier(name)}`),
    sql`REVOKE TEMPORARY ON DATABASE ${place.database} FROM PUBLIC, ${role}`,
  ];
}

const POWERS = {
  rolsuper: "is a superuser",
  rolcreaterole: "may create roles",
  rolcreatedb: "may create databases",
  rolreplication: "may replicate the database",
  rolbypassrls: "may pass over row security",
};

/** @returns what the role may do in this database beyond reading the views, as a verb with its object; null for nothing. */
async function excessOf(db: Database, role: string): Promise<string | null> {
  const powers = Object.entries(POWERS).map(
    ([column, what]) =>
      sql`SELECT ${what}::text AS what FROM pg_roles WHERE rolname = ${role} AND ${raw(column)}`,
  );
  const row = await db.first<{ what: string }>(
    "analytics.excess",
    sql`WITH things AS (
          SELECT c.oid, n.nspname || '.' || c.relname AS name, n.nspname = 'analytics' AS is_view
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
        ${join(powers, " UNION ALL ")}
        UNION ALL SELECT 'is a member of ' || rolname FROM pg_roles WHERE rolname <> ${role} AND pg_has_role(${role}, oid, 'MEMBER')
        UNION ALL SELECT 'may read or change ' || name FROM things
          WHERE has_table_privilege(${role}, oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
             OR has_any_column_privilege(${role}, oid, 'INSERT, UPDATE, REFERENCES')
             OR NOT is_view AND has_any_column_privilege(${role}, oid, 'SELECT')
        UNION ALL SELECT 'may create things in the schema ' || nspname FROM pg_namespace
          WHERE nspname !~ '^pg_' AND has_schema_privilege(${role}, oid, 'CREATE')
        UNION ALL SELECT 'may create schemas' WHERE has_database_privilege(${role}, current_database(), 'CREATE')
        LIMIT 1`,
  );
  return row?.what ?? null;
}

const INSUFFICIENT_PRIVILEGE = "42501";
const RESERVED_NAME = "42939";

async function explained<T>(role: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === RESERVED_NAME)
      throw new OperatorError(`"${role}" is a name that PostgreSQL keeps for itself: take another.`);
    if (code === INSUFFICIENT_PRIVILEGE)
      throw new OperatorError(
        `The database's user may not do that for "${role}": let an administrator make the role, give CREATEROLE to the user that DATABASE_URL names and ADMIN on the role, then run this again.`,
      );
    throw error;
  }
}
