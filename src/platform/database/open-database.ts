import type { DataSource } from "typeorm";
import type { Config } from "../../config/config.js";
import { OperatorError } from "../../shared/errors.js";
import { checkRoleSettings, checkSuitability } from "./check-suitability.js";
import { closeSource, createDataSource } from "./data-source.js";
import { remedyFor } from "./driver-errors.js";
import type { DatabaseSettings } from "../../config/database.config.js";
import { applicationUrl } from "./embedded/embedded-role.js";
import { sessionSettings } from "./session-settings.js";
import { findRunning, startEmbedded } from "./embedded/embedded.js";

export interface OpenDatabase {
  source: DataSource;
  /** Its address, which holds the password. */
  url: string;
  /** The address of the role that may make roles: our own PostgreSQL's superuser, else that of DATABASE_URL. */
  administratorUrl: string;
  /** Whether it is our own PostgreSQL rather than that of DATABASE_URL. */
  isEmbedded: boolean;
  /** Called with one line when our own PostgreSQL ends by itself. */
  onLoss(listener: (reason: string) => void): void;
  /** Closes the connections, and stops PostgreSQL where this process started it. */
  close(): Promise<void>;
}

type ConnectionConfig = Pick<
  Config,
  "databaseUrl" | "dataDir" | "embeddedPort" | "embeddedMemory" | keyof DatabaseSettings
>;

/**
 * Connects to DATABASE_URL, or else starts our own PostgreSQL.
 * @param options.shared takes the built-in PostgreSQL that another process runs, as commands do beside a running
 * server; without it, finding one is an error.
 * @throws OperatorError in one line that says what to do.
 */
export async function openDatabase(
  config: ConnectionConfig,
  options: { shared?: boolean } = {},
): Promise<OpenDatabase> {
  if (config.databaseUrl) return connected(config.databaseUrl, config);
  const running = options.shared ? await findRunning(config.dataDir) : null;
  if (running) return connectedTo(running, config);
  const { dataDir, embeddedPort: port, embeddedMemory: memory } = config;
  const server = await startEmbedded({ dataDir, port, memory });
  try {
    const database = await connectedTo(server.url, config);
    return {
      ...database,
      onLoss: (listener) => {
        server.onExit(listener);
      },
      close: async () => {
        await database.close();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Connects to our own PostgreSQL as the role that serves. */
function connectedTo(superuserUrl: string, config: ConnectionConfig): Promise<OpenDatabase> {
  return connected(applicationUrl(superuserUrl), config, superuserUrl);
}

async function connected(
  url: string,
  config: ConnectionConfig,
  superuserUrl?: string,
): Promise<OpenDatabase> {
  const isEmbedded = superuserUrl !== undefined;
  const administratorUrl = superuserUrl ?? url;
  const source = createDataSource({ ...config, url });
  try {
    await source.initialize();
  } catch (error) {
    throw new OperatorError(
      remedyFor(error) ??
        `The database cannot be reached (${reasonOf(error)}): see that it runs and that DATABASE_URL is right.`,
    );
  }
  try {
    await checkSuitability(source, isEmbedded);
    if (config.pooler === "transaction") await checkRoleSettings(source, sessionSettings(config));
  } catch (error) {
    await closeSource(source);
    throw error;
  }
  return {
    source,
    url,
    administratorUrl,
    isEmbedded,
    onLoss: () => undefined,
    close: () => closeSource(source),
  };
}

/** One line without the address, which holds the password. */
function reasonOf(error: unknown): string {
  const inner = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const { code, message } = inner as { code?: string; message?: string };
  return code && /^E[A-Z]+$/.test(code) ? code : ((message ?? "unknown reason").split("\n")[0] ?? "");
}
