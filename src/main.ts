#!/usr/bin/env node
import "reflect-metadata";
import { Command, CommanderError } from "commander";
import { commands } from "./commands/program.js";
import { OperatorError } from "./shared/errors.js";
import { packageVersion } from "./shared/version.js";

/** A command line that was not understood; as shells have it. */
const USAGE = 2;

async function run(): Promise<number> {
  let exitCode = 0;
  const program = new Command("papergraph")
    .description("A searchable GraphQL and REST API over research papers, organisations and tags.")
    .version(packageVersion())
    .showHelpAfterError("Say --help to see what there is.")
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  commands(program, (code) => {
    exitCode = code;
  });
  await program.parseAsync();
  return exitCode;
}

// `papergraph … | head` closes the pipe when it has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

run().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.exitCode = fail(error);
  },
);

/** One line that says what to do; the whole error only where it is a bug of ours. */
function fail(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (error instanceof OperatorError || (error instanceof Error && error.name === "EmbeddedError")) {
    process.stderr.write(`papergraph: ${error.message}\n`);
    return error instanceof OperatorError ? error.exitCode : 1;
  }
  process.stderr.write(
    `papergraph: unexpected error, please report it.\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 70;
}
