import { DataSource } from "typeorm";
import type { PostgresDriver } from "typeorm/driver/postgres/PostgresDriver.js";
import pg from "pg";
import { CreateSearchConfiguration1764000000000 } from "../../../migrations/1764000000000-create-search-configuration.js";
import { CreateCatalogue1764000100000 } from "../../../migrations/1764000100000-create-catalogue.js";
import { CreateParticipation1764000200000 } from "../../../migrations/1764000200000-create-participation.js";
import { TierSearchRows1764000210000 } from "../../../migrations/1764000210000-tier-search-rows.js";
import { CreateDigest1764000400000 } from "../../../migrations/1764000400000-create-digest.js";
import { CreateAnalyticsViews1764000500000 } from "../../../migrations/1764000500000-create-analytics-views.js";
import { CreateUserIdentities1764000600000 } from "../../../migrations/1764000600000-create-user-identities.js";
import { IndexAnalyticsLookups1764006000000 } from "../../../migrations/1764006000000-index-analytics-lookups.js";
import { VersionNames1764000700000 } from "../../../migrations/1764000700000-version-names.js";
import { CreateImportRuns1764001000000 } from "../../../migrations/1764001000000-create-import-runs.js";
import { IndexCommentThreads1764007000000 } from "../../../migrations/1764007000000-index-comment-threads.js";
import { PartPeopleFromUsers1764008000000 } from "../../../migrations/1764008000000-part-people-from-users.js";
import { RemoveUnsafeAddresses1764007010000 } from "../../../migrations/1764007010000-remove-unsafe-addresses.js";
import { AccessToken } from "../../auth/access-token.entity.js";
import { Comment } from "../../comments/comment.entity.js";
import { Author } from "../../catalogue/authors/author.entity.js";
import { Organisation } from "../../catalogue/organisations/organisation.entity.js";
import { Paper } from "../../papers/paper.entity.js";
import { Tag } from "../../catalogue/tags/tag.entity.js";
import { User } from "../../users/user.entity.js";
import { Connections } from "./connections/connections.js";
import { OpenClients } from "./connections/open-clients.js";
import { Database } from "./database.js";
import { readDatabaseSettings, type DatabaseSettings } from "../../config/database.config.js";
import { asStartupOptions, asStatement, sessionSettings } from "./session-settings.js";
import { CONNECTION_LIFETIME } from "./statement-names.js";

export { migrate, refuseNewerSchema } from "./migrate.js";

/** PostgreSQL's int8 as a number: counts and sums here stay far below 2^53. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

/** Columns of ids, some in every row of a page: read as JSON it takes a tenth of the time that the driver takes. */
const INT4_ARRAY = 1007;
pg.types.setTypeParser(
  INT4_ARRAY as never,
  (text) => JSON.parse(text.replaceAll("{", "[").replaceAll("}", "]").replaceAll("NULL", "null")) as number[],
);

/** Milliseconds without a byte after which the system asks whether the other side still lives. */
const KEEP_ALIVE_AFTER = 10_000;

export interface ConnectionOptions extends Partial<DatabaseSettings> {
  url: string;
  poolSize: number;
  queryTimeout: number;
}

/** @returns a DataSource that is not yet connected: TypeORM keeps the pool, the migrations and the entities' columns. */
export function createDataSource({ url, poolSize, ...given }: ConnectionOptions): DataSource {
  const defaults = readDatabaseSettings({ DATABASE_POOL_SIZE: String(poolSize) });
  const limits = { ...defaults, ...given };
  const { maxWaiting, waitTimeout } = limits;
  const settings = sessionSettings(limits);
  return new DataSource({
    type: "postgres",
    url,
    applicationName: "papergraph",
    entities: [Paper, Organisation, Tag, Author, User, Comment, AccessToken],
    migrations: [
      CreateSearchConfiguration1764000000000,
      CreateCatalogue1764000100000,
      CreateParticipation1764000200000,
      TierSearchRows1764000210000,
      CreateDigest1764000400000,
      CreateAnalyticsViews1764000500000,
      CreateUserIdentities1764000600000,
      VersionNames1764000700000,
      CreateImportRuns1764001000000,
      IndexAnalyticsLookups1764006000000,
      IndexCommentThreads1764007000000,
      RemoveUnsafeAddresses1764007010000,
      PartPeopleFromUsers1764008000000,
    ],
    migrationsTransactionMode: "each",
    poolSize,
    connectTimeoutMS: waitTimeout,
    // A connection that breaks while nobody has it is replaced; unheard, the event would end the process.
    poolErrorHandler: () => undefined,
    // The text of a statement or its values may hold a caller's words: TypeORM prints neither.
    logging: false,
    installExtensions: false,
    extra: {
      maxWaiting,
      ...clientTracking(limits.pooler === "session" ? asStatement(settings) : null),
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER,
      maxLifetimeSeconds: CONNECTION_LIFETIME,
      statementTimeout: limits.queryTimeout,
      preparesStatements: limits.pooler !== "transaction",
      ...(limits.pooler === "off" && { options: asStartupOptions(settings) }),
    },
  });
}

interface ClientTracking {
  openClients: OpenClients;
  onConnect(client: pg.ClientBase): Promise<void>;
  setUp: string | null;
}

/**
 * @param setUp a statement that a new connection is set up with, before anybody gets it.
 * @returns what a pool is given so that its connections are known from their beginning to their end.
 */
export function clientTracking(setUp: string | null): ClientTracking {
  const openClients = new OpenClients();
  return {
    openClients,
    setUp,
    async onConnect(client) {
      openClients.add(client);
      if (setUp) await client.query(setUp);
    },
  };
}

/** @returns our statements over the pool that TypeORM opened. */
export function databaseOf(source: DataSource): Database {
  return new Database(connectionsOf(source));
}

/** One queue for each pool, however many handles there are. */
const connections = new WeakMap<pg.Pool, Connections>();

/** @returns the connections that TypeORM opened. */
export function connectionsOf(source: DataSource): Connections {
  const pool = poolOf(source);
  const known = connections.get(pool) ?? connectionsOver(pool);
  connections.set(pool, known);
  return known;
}

/** What `createDataSource` puts into a pool's options. */
interface PoolLimits {
  maxWaiting: number;
  statementTimeout: number;
  preparesStatements: boolean;
}

/** @returns connections of a pool, within the limits that its options hold. */
export function connectionsOver(pool: pg.Pool): Connections {
  const options = pool.options as pg.PoolOptions & PoolLimits;
  return new Connections(pool, {
    max: options.max,
    maxWaiting: options.maxWaiting,
    waitTimeout: options.connectionTimeoutMillis ?? 0,
    statementTimeout: options.statementTimeout,
    preparesStatements: options.preparesStatements,
  });
}

/** @returns the migrations that this version has, by the names under which the table `migrations` has those that ran. */
export function migrationNames(source: DataSource): string[] {
  return source.migrations.map((migration) => migration.name ?? migration.constructor.name);
}

/** Closes the connections of a source; none keeps the process alive, whether the database answers or not. */
export function closeSource(source: DataSource): Promise<void> {
  return connectionsOf(source).close(() => source.destroy());
}

/** @returns the pool that TypeORM opened; statements go through `connectionsOf`, which knows who waits. */
export function poolOf(source: DataSource): pg.Pool {
  return (source.driver as PostgresDriver).master as pg.Pool;
}
