import { createHmac } from "node:crypto";
import type pg from "pg";
import { scramVerifier } from "./scram-verifier.js";

/** Owns the database and what is in it, and may do nothing else in the cluster. */
export const APPLICATION_ROLE = "papergraph_app";

/** They hold functions written in C, so a superuser makes them; migrations find them there. */
const EXTENSIONS = ["unaccent", "pg_trgm"];

/**
 * The password follows from the superuser's, and does not lead back to it: no second file is to be kept.
 * @returns the address of the role that serves, made from that of the superuser.
 */
export function applicationUrl(superuserUrl: string): string {
  const url = new URL(superuserUrl);
  url.password = passwordFrom(url.password);
  url.username = APPLICATION_ROLE;
  return url.href;
}

function passwordFrom(superuserPassword: string): string {
  return createHmac("sha256", superuserPassword).update(APPLICATION_ROLE).digest("hex");
}

/** Makes the role that serves, and closes the other databases of the cluster to all but superusers. */
export async function prepareCluster(superuser: pg.Client, password: string): Promise<void> {
  const { rowCount } = await superuser.query("SELECT FROM pg_roles WHERE rolname = $1", [APPLICATION_ROLE]);
  await superuser.query(
    `${rowCount ? "ALTER" : "CREATE"} ROLE ${APPLICATION_ROLE} LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS
       PASSWORD '${scramVerifier(passwordFrom(password))}'`,
  );
  await superuser.query(`
    DO $$ DECLARE other name; BEGIN
      FOR other IN SELECT datname FROM pg_database WHERE datname <> 'papergraph' LOOP
        EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', other);
      END LOOP;
    END $$`);
}

/**
 * Gives the database and all that the superuser made in it to the role that serves: all of a database from before there
 * was that role, and what was restored as superuser since. Who may read the views stays; rights to views that later
 * versions add are bound to who makes them, so they are given anew.
 */
export async function prepareDatabase(superuser: pg.Client): Promise<void> {
  await superuser.query(`
    ${EXTENSIONS.map((name) => `CREATE EXTENSION IF NOT EXISTS ${name};`).join("\n")}
    ALTER DATABASE papergraph OWNER TO ${APPLICATION_ROLE};
    DO $$ DECLARE change text; BEGIN
      FOR change IN
        WITH things(class, oid, owner, namespace) AS (
          SELECT 'pg_namespace'::regclass, oid, nspowner, oid FROM pg_namespace
          UNION ALL SELECT 'pg_class'::regclass, oid, relowner, relnamespace FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
          UNION ALL SELECT 'pg_proc'::regclass, oid, proowner, pronamespace FROM pg_proc
          UNION ALL SELECT 'pg_type'::regclass, oid, typowner, typnamespace FROM pg_type WHERE typtype IN ('e', 'd', 'r')
          UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgowner, cfgnamespace FROM pg_ts_config
          UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictowner, dictnamespace FROM pg_ts_dict
          UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxowner, stxnamespace FROM pg_statistic_ext)
        SELECT format('ALTER %s %s OWNER TO ${APPLICATION_ROLE}', replace(o.type, ' object', ''), o.identity)
        FROM things t JOIN pg_namespace n ON n.oid = t.namespace, pg_identify_object(t.class, t.oid, 0) o
        WHERE t.owner = current_user::regrole AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
          -- Parts of extensions, and sequences that go with their table.
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = t.class AND d.objid = t.oid AND d.objsubid = 0
                          AND (d.deptype = 'e' OR d.deptype IN ('a', 'i') AND o.type = 'sequence'))
        UNION ALL
        SELECT DISTINCT format('ALTER DEFAULT PRIVILEGES FOR ROLE ${APPLICATION_ROLE} IN SCHEMA analytics GRANT SELECT ON TABLES TO %s;'
                            || 'ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA analytics REVOKE ALL ON TABLES FROM %1$s',
                            a.grantee::regrole, current_user::regrole)
        FROM pg_default_acl d, aclexplode(d.defaclacl) a
        WHERE d.defaclnamespace = to_regnamespace('analytics') AND d.defaclrole = current_user::regrole AND a.grantee <> 0
      LOOP
        EXECUTE change;
      END LOOP;
    END $$`);
}
