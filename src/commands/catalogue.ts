import type { Command } from "commander";
import { runCheck, type CheckCommandOptions } from "./check.js";
import type { Database } from "../platform/database/database.js";
import { importFiles } from "../import/import-papers.js";
import { terminalProgress } from "../shared/progress.js";
import { runPaperDelete, type DeleteOptions } from "./delete-papers.js";
import { runSampleRemove } from "./sample.js";
import { catalogueStats } from "./stats.js";
import { note, print, withDatabase } from "./with-database.js";

/** Some lines of a file were not taken. */
const INCOMPLETE = 3;

interface ImportCommandOptions {
  strict?: boolean;
  force?: boolean;
}

/** Puts the commands that change and check the papers themselves into the program. */
export function catalogueCommands(program: Command, exit: (code: number) => void): void {
  program
    .command("import")
    .description(
      "Import papers: JSON lines in the shape of Hugging Face's daily papers, plain or gzipped. Running it again changes nothing.",
    )
    .argument("<files...>", "files, or - for standard input")
    .option("--strict", "stop at the first bad line and keep nothing")
    .option(
      "--force",
      "read papers again that did not change since the last import, to undo other changes of them",
    )
    .addHelpText(
      "after",
      `\nExit codes: 0 all lines are in; ${INCOMPLETE} some were bad and are named, the rest is in; 1 it failed.`,
    )
    .action(async (files: string[], options: ImportCommandOptions) => {
      await withDatabase({}, async ({ db }) => {
        exit(await runImport(db, files, options));
      });
    });

  const paper = program.command("paper").description("Manage papers.");
  paper
    .command("delete")
    .description(
      "Delete papers with their upvotes and comments. An import of the same lines adds them again.",
    )
    .argument("<ids...>", "ids or addresses of papers, such as 2401.00001")
    .option("--dry-run", "say what would be deleted, and delete nothing")
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      "\nExit codes: 0 they are deleted; 1 there is no such paper, or it failed: nothing is deleted.",
    )
    .action((ids: string[], options: DeleteOptions) =>
      withDatabase({}, async ({ db }) => {
        print(await runPaperDelete(db, ids, options));
      }),
    );

  const sample = program.command("sample").description("Manage the built-in sample.");
  sample
    .command("remove")
    .description(
      "Delete the papers of the built-in sample, except those that an import or a reader changed. It is not loaded again.",
    )
    .option("--dry-run", "say what would be deleted, and delete nothing")
    .option("--yes", "do not ask")
    .addHelpText("after", "\nExit codes: 0 it is done; 1 it failed: nothing is deleted.")
    .action((options: DeleteOptions) =>
      withDatabase({}, async ({ db }) => {
        print(await runSampleRemove(db, options));
      }),
    );

  program
    .command("check")
    .description(
      "Compare the schema, counters, tags and search data with what they come from. Works beside a running server.",
    )
    .option("--fix", "repair what can be repaired, in batches; it may be interrupted and run again")
    .option("--json", "as JSON")
    .addHelpText("after", "\nExit codes: 0 all is well, or is by now; 1 something is wrong.")
    .action((options: CheckCommandOptions) =>
      withDatabase({ connections: 2 }, async ({ db }) => {
        if (!(await runCheck(db, options, print, note))) exit(1);
      }),
    );

  program
    .command("stats")
    .description("Count what is in the database.")
    .option("--json", "as JSON")
    .action((options: { json?: boolean }) =>
      withDatabase({}, async ({ db }) => {
        print(await catalogueStats(db, options));
      }),
    );
}

async function runImport(
  db: Database,
  files: string[],
  { strict = false, force = false }: ImportCommandOptions,
): Promise<number> {
  const report = await importFiles(db, files, {
    strict,
    force,
    progress: terminalProgress(process.stderr),
    onRejected: (file, line, reason) => process.stderr.write(`${file}:${line}: ${reason}\n`),
  });
  print(
    `Read ${report.read} items in ${report.seconds.toFixed(1)} s: ${report.added} added, ${report.updated} updated, ${report.unchanged} unchanged, ${report.rejected} rejected.`,
  );
  return report.rejected ? INCOMPLETE : 0;
}
