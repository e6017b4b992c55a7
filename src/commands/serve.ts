import "reflect-metadata";
import type { FastifyInstance } from "fastify";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createApp } from "../app.js";
import type { Config } from "../config/config.js";
import { createStores } from "../context/request-context.js";
import { columnsOf } from "../platform/database/columns.js";
import { openDatabase, type OpenDatabase } from "../platform/database/open-database.js";
import { databaseOf, migrate, refuseNewerSchema } from "../platform/database/data-source.js";
import { digestSettings, type DigestSettings } from "../config/digest.config.js";
import { OperatorError } from "../shared/errors.js";
import { drain } from "../api/http/connections/draining.js";
import { demoToken, loadSample } from "../sample/load-sample.js";
import { startFolding } from "../upvotes/fold-upvote-changes.js";

/** Milliseconds between two looks whether the process that started this one is still there. */
const PARENT_CHECK = 500;

/** Milliseconds that the last round of folding upvotes gets. */
const LAST_ROUND = 500;

/**
 * Runs the server until it is told to stop (SIGINT, SIGTERM) or its built-in database dies.
 * @returns the exit code: 0 after an orderly stop.
 * @throws OperatorError when it cannot start.
 */
export async function serve(config: Config): Promise<number> {
  const settings = digestSettings(config);
  const stop = stopSignal();
  const database = await openDatabase(config);
  try {
    await prepare(database, config);
    const app = await createApp({ ...config, digestSettings: settings }, database.source);
    const folding = startFolding(databaseOf(database.source), (error) => {
      app.log.error(error, "folding upvotes failed; the next round makes up for it");
    });
    try {
      await listen(app, config);
      await announce(app, database, config, settings);
      database.onLoss((reason) => {
        app.log.fatal(reason);
        stop.now(1);
      });
      return await stop.requested;
    } finally {
      await drain(app, config);
      // A round that gets no answer from the database ends with its connection.
      await Promise.race([folding.stop(), sleep(LAST_ROUND, undefined, { ref: false })]);
    }
  } finally {
    await database.close();
  }
}

async function prepare({ source, isEmbedded }: OpenDatabase, { pooler }: Config): Promise<void> {
  await refuseNewerSchema(source);
  const ran = await migrate(source);
  if (ran.length) say(`Database brought up to date: ${ran.length} migration${ran.length === 1 ? "" : "s"}.`);
  // Imports need a session.
  if (pooler === "transaction") return;
  const loaded = await loadSample(databaseOf(source));
  if (loaded)
    say(
      `Loaded the built-in sample of ${loaded} papers. ${isEmbedded ? "Add your own: npm run cli -- import FILE" : ""}`,
    );
}

async function listen(app: FastifyInstance, { host, port }: Config): Promise<void> {
  try {
    await app.listen({ host, port, listenTextResolver: () => "listening" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new OperatorError(
        `${host}:${port} is taken by another program: stop it, or set PORT to another number.`,
      );
    if (code === "EACCES")
      throw new OperatorError(`This user may not listen on ${host}:${port}: set PORT to 1024 or more.`);
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      throw new OperatorError(`HOST is "${host}", which is no address of this machine.`);
    throw error;
  }
}

/** For people: where it listens and what to do first. */
async function announce(
  app: FastifyInstance,
  { source, isEmbedded }: OpenDatabase,
  config: Config,
  settings: DigestSettings | null,
): Promise<void> {
  const { address, port, family } = app.server.address() as AddressInfo;
  const host = ["0.0.0.0", "::"].includes(address)
    ? "127.0.0.1"
    : family === "IPv6"
      ? `[${address}]`
      : address;
  const url = `http://${host}:${port}`;
  say(`
Papergraph listens on ${url}
  In a browser:     ${url}/graphql (GraphQL), ${url}/docs (REST)
  In a terminal:    curl -s ${url}/graphql -H 'content-type: application/json' -d '{"query":"{ papers(search: \\"nvidia\\", first: 3) { totalCount nodes { title url } } }"}'`);
  // In production it would stand in a log that others read.
  if (isEmbedded && !config.isProduction) {
    const token = await demoToken(createStores(databaseOf(source), columnsOf(source)));
    say(`  To upvote:        -H 'authorization: Bearer ${token}'   (user "demo"; a new token at each start)`);
  }
  if (settings && !config.publicUrl)
    say(`  PUBLIC_URL is not set: the digest's mails link to ${settings.publicUrl}.`);
  if (settings && !settings.smtpUrl)
    say(
      "  SMTP_URL is not set: subscriptions to the digest are taken, and wait for their confirmation mails.",
    );
  say("Stop with Ctrl-C.\n");
}

interface Stop {
  requested: Promise<number>;
  now(exitCode: number): void;
}

/** The first signal asks for an orderly end; a second one ends at once. */
function stopSignal(): Stop {
  let now: (exitCode: number) => void = () => undefined;
  const requested = new Promise<number>((resolve) => {
    now = resolve;
  });
  let asked = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (asked) process.exit(signal === "SIGINT" ? 130 : 143);
    asked = true;
    now(0);
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  // npx and npm run pass no signal on to what they run through a shell, and end: this process is left without a parent.
  if (process.env.npm_command !== undefined)
    whenOrphaned(() => {
      onSignal("SIGTERM");
    });
  return { requested, now };
}

function whenOrphaned(stop: () => void): void {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, PARENT_CHECK).unref();
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
