import { Option, type Command } from "commander";
import { createContext, type Stores } from "../context/request-context.js";
import { OperatorError, PapergraphError } from "../shared/errors.js";
import { formatOf, writeExport } from "../export/export-file.js";
import { EXPORT_FORMATS, exportPapers } from "../export/export-papers.js";
import { checked } from "../api/http/validation.js";
import { terminalProgress } from "../shared/progress.js";
import { withParameterName } from "../api/rest/rest-context.js";
import { ExportQuery } from "../api/rest/routes/export.routes.js";
import { listArgs } from "../api/rest/search-papers.js";

/** As shells have it: 128 and the signal's number. */
const INTERRUPTED = 130;
const TERMINATED = 143;

export interface ExportCommandOptions {
  format?: string;
  force?: boolean;
}

/** What a schema says of a parameter. */
interface Parameter {
  type?: string;
  enum?: string[];
  description?: string;
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Gives the command the parameters of /api/export/papers as options: `hasCode` is `--has-code`. */
export function addExportOptions(command: Command): Command {
  for (const [name, parameter] of Object.entries(ExportQuery.properties)) {
    const { type, enum: values, description } = parameter as Parameter;
    const value = type === "boolean" ? "[true|false]" : type === "integer" ? "<number>" : "<text>";
    const option = new Option(`--${kebab(name)} ${value}`, description?.replaceAll("`", ""));
    if (values) option.choices(values);
    if (type === "array")
      option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]);
    command.addOption(option);
  }
  return command
    .option("--format <format>", `one of ${EXPORT_FORMATS.join(", ")}; else by the file's ending`)
    .option("--force", "replace a file that is there already");
}

/**
 * `papergraph export`.
 * @returns the exit code: 0 for a whole file, that of the signal that ended it, whose part of a file is taken away.
 * @throws OperatorError naming the option.
 */
export async function runExport(
  stores: Stores,
  file: string,
  { format, force, ...asked }: ExportCommandOptions,
): Promise<number> {
  const kind = formatOf(file, format);
  const stop = stopOnSignal();
  const progress = terminalProgress(process.stderr);
  let read = 0;
  const onRead = (papers: number) => {
    progress.update(0, (read = papers));
  };
  try {
    const { limit = null, ...query } = checked(ExportQuery, asked);
    const context = createContext(stores, null);
    await writeExport(file, { force: force === true }, () => {
      progress.start(null);
      const limits = { limit, signal: stop.signal, idleTimeout: 0, onRead };
      return exportPapers(context, listArgs(query), kind, limits);
    });
  } catch (error) {
    if (stop.exitCode !== null) return stop.exitCode;
    throw withOptionName(withParameterName(error));
  } finally {
    progress.stop();
    stop.forget();
  }
  process.stderr.write(`${read} papers.\n`);
  return 0;
}

/** The first signal ends the work in order; a second one ends the process at once, as if nobody listened. */
function stopOnSignal() {
  const controller = new AbortController();
  let exitCode: number | null = null;
  const onInterrupt = () => {
    end(INTERRUPTED);
  };
  const onTerminate = () => {
    end(TERMINATED);
  };
  const forget = () => {
    process.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate);
  };
  const end = (code: number) => {
    exitCode = code;
    forget();
    controller.abort();
  };
  process.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    forget,
  };
}

function withOptionName(error: unknown): unknown {
  if (!(error instanceof PapergraphError) || !error.argument) return error;
  const [name = "", ...place] = error.argument.split(/(?=\[)/);
  return new OperatorError(error.message.replace(error.argument, `--${kebab(name)}${place.join("")}`));
}
