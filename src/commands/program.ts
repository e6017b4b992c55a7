import type { Command } from "commander";
import { grantAnalytics, revokeAnalytics } from "../analytics/sql-access/analytics-role.store.js";
import { catalogueCommands } from "./catalogue.js";
import { readConfig } from "../config/config.js";
import { migrate } from "../platform/database/data-source.js";
import { runDigestSend, type DigestCommandOptions } from "./digest.js";
import { serve } from "./serve.js";
import { addExportOptions, runExport, type ExportCommandOptions } from "./export.js";
import { addTokenCommands, addUserCommands } from "./users.js";
import { asAdministrator, note, print, withDatabase } from "./with-database.js";

/** Some lines of a file were not taken. */
const INCOMPLETE = 3;

/** Puts the commands into the program. `exit` tells the code with which the process ends. */
export function commands(program: Command, exit: (code: number) => void): void {
  program
    .command("serve", { isDefault: true })
    .description("Run the server (HOST, PORT; DATABASE_URL, or a PostgreSQL of its own in DATA_DIR).")
    .action(async () => {
      exit(await serve(readConfig()));
    });

  program
    .command("migrate")
    .description("Bring the database's schema up to date.")
    .action(() =>
      withDatabase({ migrated: false }, async ({ source }) => {
        const ran = await migrate(source);
        print(ran.length ? `Ran ${ran.join(", ")}.` : "The schema is up to date.");
      }),
    );

  catalogueCommands(program, exit);

  addExportOptions(program.command("export"))
    .description("Write papers to a file: all of them, or those of a search and filter.")
    .argument("<file>", "a file, or - for standard output")
    .action((file: string, options: ExportCommandOptions) =>
      withDatabase({ connections: 2 }, async ({ stores }) => {
        exit(await runExport(stores, file, options));
      }),
    );

  addUserCommands(program);
  addTokenCommands(program);

  const digest = program.command("digest").description("Send the digest by e-mail.");
  digest
    .command("send")
    .description(
      "Mail the papers of the last day that is over, and of the last week, to whoever has not got them yet; meant to run once a day. Sending twice sends once.",
    )
    .option("--date <day>", "another day, YYYY-MM-DD, and the week that it is in")
    .option("--dry-run", "show what would be sent, and to how many; send and write nothing")
    .addHelpText(
      "after",
      `\nExit codes: 0 all mails are sent; ${INCOMPLETE} some were not; 1 it failed. Needs SMTP_URL, MAIL_FROM and PUBLIC_URL.`,
    )
    .action((options: DigestCommandOptions) =>
      withDatabase({ connections: 2 }, async ({ stores, config }) => {
        if (!(await runDigestSend(stores, config, options, print, note))) exit(INCOMPLETE);
      }),
    );

  const analytics = program.command("analytics").description("Let people with SQL tools read the catalogue.");
  analytics
    .command("grant")
    .description(
      "Let a role of the database read the views of the schema analytics, and nothing else. A role that there is not yet is made; its address with the password is printed, once.",
    )
    .argument("<role>", "the role's name")
    .action((role: string) =>
      withDatabase({}, async (opened) => {
        const password = await asAdministrator(opened, (db) => grantAnalytics(db, role));
        note(`${role} may read the views of the schema analytics.`);
        if (password === null) return;
        print(addressFor(opened.url, role, password));
        const { isEmbedded, config, url } = opened;
        if (isEmbedded && config.embeddedPort !== Number(new URL(url).port))
          note(
            "The port of this address changes when the built-in PostgreSQL is started again: set EMBEDDED_PORT to keep it.",
          );
      }),
    );
  analytics
    .command("revoke")
    .description("Take that right from a role; the role stays.")
    .argument("<role>", "the role's name")
    .action((role: string) =>
      withDatabase({}, async (opened) => {
        await asAdministrator(opened, (db) => revokeAnalytics(db, role));
        note(`${role} may read the views no more.`);
      }),
    );
}

function addressFor(url: string, role: string, password: string): string {
  const address = new URL(url);
  address.username = encodeURIComponent(role);
  address.password = password;
  return address.href;
}
