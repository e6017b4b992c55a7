import { readFile } from "node:fs/promises";
import sql from "sql-template-tag";
import type { Database } from "../platform/database/database.js";
import type { Check, Wrong } from "./check.js";

/**
 * What the migrations make, one object an entry. Compared with the migrations by tests/failing/check.test.ts, which writes
 * it anew when it is run with `-u`. Beside the sources and, copied by the build, beside the compiled code.
 */
const OBJECTS = new URL("schema-objects.json", import.meta.url);

/**
 * The objects of the schema as lines that all versions of PostgreSQL write alike. Objects of extensions are left out, as
 * is TypeORM's own table.
 */
export async function schemaObjects(db: Database): Promise<string[]> {
  const rows = await db.query<{ line: string }>(
    "check.schemaObjects",
    sql`WITH schemas AS (
          SELECT oid, CASE WHEN nspname = 'analytics' THEN 'analytics.' ELSE '' END AS prefix FROM pg_namespace
          WHERE nspname IN (current_schema(), 'analytics')
        ), relations AS (
          SELECT c.oid, c.relkind, s.prefix || c.relname AS name FROM pg_class c JOIN schemas s ON s.oid = c.relnamespace
          WHERE c.relkind IN ('r', 'v') AND c.relname <> 'migrations'
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
        )
        SELECT format('%s %s', CASE relkind WHEN 'r' THEN 'table' ELSE 'view' END, name) AS line FROM relations
        UNION ALL
        SELECT format('column %s.%s %s', r.name, a.attname, format_type(a.atttypid, a.atttypmod))
        FROM relations r JOIN pg_attribute a ON a.attrelid = r.oid WHERE a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT format('index %s on %s', i.indexrelid::regclass, r.name)
        FROM relations r JOIN pg_index i ON i.indrelid = r.oid
        UNION ALL
        SELECT format('constraint %s on %s', k.conname, r.name)
        FROM relations r JOIN pg_constraint k ON k.conrelid = r.oid WHERE k.contype IN ('p', 'u', 'f', 'c')
        UNION ALL
        SELECT format('trigger %s on %s', t.tgname, r.name)
        FROM relations r JOIN pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal
        UNION ALL
        SELECT format('function %s%s(%s)', s.prefix, f.proname, pg_get_function_identity_arguments(f.oid))
        FROM pg_proc f JOIN schemas s ON s.oid = f.pronamespace
        WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = f.oid AND d.deptype = 'e')
        UNION ALL
        SELECT format('text search configuration %s', cfgname) FROM pg_ts_config JOIN schemas s ON s.oid = cfgnamespace`,
  );
  return rows.map(({ line }) => line).sort();
}

/** Of a table or view that is missing, its parts are not listed. */
async function missingObjects(db: Database): Promise<Wrong[]> {
  const expected = JSON.parse(await readFile(OBJECTS, "utf8")) as string[];
  const present = new Set(await schemaObjects(db));
  const missing = expected.filter((line) => !present.has(line));
  const relations = missing.map((line) => /^(?:table|view) (.+)/.exec(line)?.[1]).filter(Boolean);
  const isPart = (line: string) =>
    relations.some((name) => line.startsWith(`column ${name}.`) || line.endsWith(` on ${name}`));
  return missing.filter((line) => !isPart(line)).map((line, index) => ({ id: index + 1, example: line }));
}

/** What the operator or a program did to the schema itself. Nothing is repaired here: only the operator knows why. */
export const SCHEMA_CHECKS: readonly Check[] = [
  {
    name: "schema.objects",
    about:
      "Parts of the schema are missing or of another type: make them as the files in migrations/ do (`pg_dump --schema-only` of a new database prints the statements).",
    wrong: missingObjects,
    repair: null,
  },
  {
    name: "triggers.enabled",
    about: "Triggers that are switched off: ALTER TABLE … ENABLE TRIGGER ALL, then check again.",
    wrong: sql`SELECT t.oid::bigint AS id, format('%s on %s', t.tgname, t.tgrelid::regclass) AS example
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      WHERE c.relnamespace = current_schema()::regnamespace AND t.tgenabled IN ('D', 'R')`,
    repair: null,
  },
  {
    name: "indexes.valid",
    about: "Indexes that were not finished and serve nobody: drop each, and run `papergraph migrate`.",
    wrong: sql`SELECT i.indexrelid::bigint AS id, i.indexrelid::regclass::text AS example
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      WHERE c.relnamespace = current_schema()::regnamespace AND NOT (i.indisvalid AND i.indisready)`,
    repair: null,
  },
  {
    name: "constraints.validated",
    about: "Constraints that do not hold for old rows: ALTER TABLE … VALIDATE CONSTRAINT tells which.",
    wrong: sql`SELECT oid::bigint AS id, format('%s on %s', conname, conrelid::regclass) AS example FROM pg_constraint
      WHERE connamespace = current_schema()::regnamespace AND NOT convalidated`,
    repair: null,
  },
];
