import { DataSource } from "typeorm";
import type { PostgresDriver } from "typeorm/driver/postgres/PostgresDriver.js";
import pg from "pg";
import { CreateSearchConfiguration1764000000000 } from "../../migrations/1764000000000-create-search-configuration.js";
import { CreateCatalogue1764000100000 } from "../../migrations/1764000100000-create-catalogue.js";
import { CreateParticipation1764000200000 } from "../../migrations/1764000200000-create-participation.js";
import { TierSearchRows1764000210000 } from "../../migrations/1764000210000-tier-search-rows.js";
import { CreateDigest1764000400000 } from "../../migrations/1764000400000-create-digest.js";
import { CreateAnalyticsViews1764000500000 } from "../../migrations/1764000500000-create-analytics-views.js";
import { VersionNames1764000700000 } from "../../migrations/1764000700000-version-names.js";
import { CreateImportRuns1764001000000 } from "../../migrations/1764001000000-create-import-runs.js";
import { AccessToken } from "../users/access-token.entity.js";
import { Comment } from "../comments/comment.entity.js";
import { Organisation } from "../organisations/organisation.entity.js";
import { Paper } from "../papers/paper.entity.js";
import { Tag } from "../tags/tag.entity.js";
import { User } from "../users/user.entity.js";
import { Database } from "./database.js";
import { CONNECTION_LIFETIME } from "./statement-names.js";

/** PostgreSQL's int8 as a number: counts and sums here stay far below 2^53. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Columns of ids, some in every row of a page: read as JSON it takes a tenth of the time that the driver takes. */
const INT4_ARRAY = 1007;
pg.types.setTypeParser(
  INT4_ARRAY as never,
  (text) => JSON.parse(text.replaceAll("{", "[").replaceAll("}", "]").replaceAll("NULL", "null")) as number[],
);

/** Any number that no other program locks with; see `migrate`. */
const MIGRATION_LOCK = 7_274_013;

export interface ConnectionOptions {
  url: string;
  poolSize: number;
  /** Milliseconds. */
  queryTimeout: number;
}

/** @returns a DataSource that is not yet connected: TypeORM keeps the pool, the migrations and the entities' columns. */
export function createDataSource({ url, poolSize, queryTimeout }: ConnectionOptions): DataSource {
  return new DataSource({
    type: "postgres",
    url,
    applicationName: "papergraph",
    entities: [Paper, Organisation, Tag, User, Comment, AccessToken],
    migrations: [
      CreateSearchConfiguration1764000000000,
      CreateCatalogue1764000100000,
      CreateParticipation1764000200000,
      TierSearchRows1764000210000,
      CreateDigest1764000400000,
      CreateAnalyticsViews1764000500000,
      VersionNames1764000700000,
      CreateImportRuns1764001000000,
    ],
    migrationsTransactionMode: "each",
    poolSize,
    connectTimeoutMS: 5_000,
    // The text of a statement or its values may hold a caller's words: TypeORM prints neither.
    logging: false,
    installExtensions: false,
    extra: {
      statement_timeout: queryTimeout,
      lock_timeout: 2_000,
      idle_in_transaction_session_timeout: 60_000,
      maxLifetimeSeconds: CONNECTION_LIFETIME,
      // JIT costs more than it brings for statements of a few milliseconds; dates are told in UTC.
      // Many short statements at once: a worker that helps one of them is missing for the others.
      // Pages are mostly in memory: with the defaults the planner reads a common tag's whole index to save a few rows.
      options: [
        "-c jit=off -c timezone=UTC -c max_parallel_workers_per_gather=0",
        "-c seq_page_cost=0.1 -c random_page_cost=0.12",
      ].join(" "),
    },
  });
}

/** @returns our statements over the pool that TypeORM opened. */
export function databaseOf(source: DataSource): Database {
  return new Database((source.driver as PostgresDriver).master as pg.Pool);
}

/**
 * Brings the schema up to date. Many instances may start at once: the first migrates, the others wait for it.
 * @returns the names of the migrations that ran.
 */
export async function migrate(source: DataSource): Promise<string[]> {
  const lock = source.createQueryRunner();
  try {
    await lock.query("SET statement_timeout = 0; SET lock_timeout = 0;");
    await lock.query("SELECT pg_advisory_lock($1)", [MIGRATION_LOCK]);
    try {
      const ran = await source.runMigrations();
      return ran.map((migration) => migration.name);
    } finally {
      await lock.query("SELECT pg_advisory_unlock($1)", [MIGRATION_LOCK]);
    }
  } finally {
    await lock.query("RESET statement_timeout; RESET lock_timeout;").catch(() => undefined);
    await lock.release();
  }
}
