import type { DataSource } from "typeorm";
import { OperatorError } from "../../shared/errors.js";
import type { SessionSettings } from "./session-settings.js";

const OLDEST_POSTGRES = 14;

interface Properties {
  version: number;
  encoding: string;
  ctype: string;
  /** What the parser of text search makes of a word in typographic quotation marks. */
  quoted: string;
}

/** How to make a database that fits. */
const MAKE_ONE =
  "make a database with CREATE DATABASE papergraph ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8' TEMPLATE template0, and move the data there with pg_dump.";

/**
 * @param isEmbedded our own cluster takes the best locale that the machine has, and goes on with that.
 * @throws OperatorError for a server or database on which texts would be lost or searches be wrong.
 */
export async function checkSuitability(source: DataSource, isEmbedded: boolean): Promise<void> {
  const { version, encoding, ctype, quoted } = await propertiesOf(source);
  if (version < OLDEST_POSTGRES)
    throw new OperatorError(
      `The database is PostgreSQL ${version}: Papergraph needs ${OLDEST_POSTGRES} or newer.`,
    );
  if (encoding !== "UTF8")
    throw new OperatorError(`The database's encoding is ${encoding}, and Papergraph needs UTF8: ${MAKE_ONE}`);
  // With LC_CTYPE C every character beyond ASCII is a letter: “word” is found by neither word nor "word".
  if (quoted !== "'word'" && !isEmbedded)
    throw new OperatorError(
      `The database's LC_CTYPE is ${ctype}, with which quotation marks and dashes are parts of words, so that searches miss them: ${MAKE_ONE}`,
    );
}

/**
 * Behind a pooler in transaction mode, what connections are set to stands on the role: what one client sets, others get.
 * @throws OperatorError that says which SQL to run.
 */
export async function checkRoleSettings(source: DataSource, wanted: SessionSettings): Promise<void> {
  const names = Object.keys(wanted);
  const found = await source.query<{ name: string; setting: string }[]>(
    "SELECT name, setting FROM pg_settings WHERE name = ANY($1)",
    [names],
  );
  const settings = new Map(found.map(({ name, setting }) => [name, setting]));
  const wrong = names.filter((name) => settings.get(name) !== wanted[name]);
  if (!wrong.length) return;
  const [row] = await source.query<{ role: string }[]>("SELECT quote_ident(session_user) AS role");
  const statements = wrong.map((name) => `ALTER ROLE ${row?.role} SET ${name} = '${wanted[name]}';`);
  throw new OperatorError(
    `Behind a pooler in transaction mode the role has to carry the settings: run ${statements.join(" ")} as its administrator, then RECONNECT in the pooler's console.`,
  );
}

async function propertiesOf(source: DataSource): Promise<Properties> {
  const [row] = await source.query<{ version: string; encoding: string; ctype: string }[]>(
    `SELECT current_setting('server_version_num') AS version, pg_encoding_to_char(encoding) AS encoding, datctype AS ctype
     FROM pg_database WHERE datname = current_database()`,
  );
  const encoding = row?.encoding ?? "";
  // In other encodings the question itself may not be written.
  const [parsed] =
    encoding === "UTF8"
      ? await source.query<{ quoted: string }[]>(
          "SELECT strip(to_tsvector('simple', '“word”'))::text AS quoted",
        )
      : [];
  return {
    version: Math.floor(Number(row?.version) / 10_000),
    encoding,
    ctype: row?.ctype ?? "",
    quoted: parsed?.quoted ?? "",
  };
}

/** What keeps migrations from running in a database of somebody's, by SQLSTATE and the statement's words. */
const OBSTACLES: [state: string, statement: RegExp, message: (role: string, database: string) => string][] = [
  [
    "42P06",
    /CREATE SCHEMA analytics/i,
    () =>
      "The database has a schema analytics already, and Papergraph makes one of that name for its views: use a database of its own, or rename the schema.",
  ],
  [
    "42501",
    /CREATE EXTENSION/i,
    (role, database) =>
      `The role ${role} may not create extensions: run GRANT CREATE ON DATABASE ${database} TO ${role}, or have a superuser create pg_trgm and unaccent in it.`,
  ],
  [
    "42501",
    /CREATE SCHEMA/i,
    (role, database) =>
      `The role ${role} may not create schemas in the database ${database}: run GRANT CREATE ON DATABASE ${database} TO ${role}.`,
  ],
  [
    "42501",
    /.*/,
    (role) =>
      `The role ${role} may not change the schema public: run GRANT CREATE ON SCHEMA public TO ${role}, or let the role own the database and its tables.`,
  ],
  [
    "3F000",
    /.*/,
    (role) =>
      `The database has no schema public that the role ${role} may use: run CREATE SCHEMA public AUTHORIZATION ${role}.`,
  ],
];

/** @returns what the operator is to do about a migration that failed; the error itself where that is not known. */
export async function explainMigrationError(source: DataSource, error: unknown): Promise<unknown> {
  const { code, query } = error as { code?: unknown; query?: unknown };
  const [, , message] =
    OBSTACLES.find(([state, statement]) => state === code && statement.test(String(query))) ?? [];
  if (!message) return error;
  const [row] = await source.query<{ role: string; database: string }[]>(
    "SELECT quote_ident(current_user) AS role, quote_ident(current_database()) AS database",
  );
  return new OperatorError(message(row?.role ?? "", row?.database ?? ""));
}
