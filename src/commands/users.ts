import type { Command } from "commander";
import type { Stores } from "../context/request-context.js";
import { OperatorError } from "../shared/errors.js";
import { confirm } from "./confirm.js";
import { parseMoment } from "../shared/dates.js";
import { numberOfGlobalId } from "../shared/node.js";
import { note, print, withDatabase } from "./with-database.js";
import { deleteUser, tracesOf, type UserTraces } from "../users/delete-user.js";
import { isReserved } from "../users/reserved-names.js";

const withStores = (work: (stores: Stores) => Promise<void>): Promise<void> =>
  withDatabase({}, ({ stores }) => work(stores));

export function addUserCommands(program: Command): void {
  const user = program
    .command("user")
    .description("Manage users of this installation and which imported people they are.");
  user
    .command("add")
    .description("Add a user and print an access token for them, once.")
    .argument("<name>", "the user name")
    .option("--admin", "may delete everybody's comments and revoke everybody's tokens")
    .action((name: string, options: { admin?: boolean }) =>
      withStores(async ({ users, tokens }) => {
        if (isReserved(name) && !options.admin)
          throw new OperatorError(
            `The user name "${name}" is reserved for administrators: add --admin, or choose another name.`,
          );
        const namesake = await users.find(name, "name");
        const added = await users.create(name, { isAdmin: options.admin === true });
        const { secret } = await tokens.create(added.key, "first token", null);
        if (namesake?.importedFrom)
          note(
            `The person ${namesake.handle} from ${namesake.importedFrom} is somebody else, and is called ${namesake.importedFrom}:${namesake.handle} from now on. If they are the same, run \`papergraph user claim ${added.username} --person ${namesake.importedFrom}:${namesake.handle}\`.`,
          );
        note(`Added ${added.username}. The access token, shown this once:`);
        print(secret);
      }),
    );
  user
    .command("claim")
    .description("Give a user the submissions and author places of the imported person who they are.")
    .argument("<name>", "the user name")
    .requiredOption("--person <person>", "the source and the name there, such as huggingface:name")
    .action((name: string, { person }: { person: string }) =>
      withStores(async ({ users, claims }) => {
        const owner = await users.getLocal(name);
        const { submissions, authorships } = await claims.claim(owner, person);
        print(`${owner.username} is ${person}: ${submissions} submissions, ${authorships} author places.`);
      }),
    );
  user
    .command("unclaim")
    .description("Undo a claim: the imported person gets back the submissions and author places.")
    .argument("<name>", "the user name")
    .requiredOption("--person <person>", "the source and the name there, such as huggingface:name")
    .action((name: string, { person }: { person: string }) =>
      withStores(async ({ users, claims }) => {
        const owner = await users.getLocal(name);
        const { submissions, authorships } = await claims.unclaim(owner, person);
        print(
          `${owner.username} is no longer ${person}: ${submissions} submissions, ${authorships} author places.`,
        );
      }),
    );
  user
    .command("delete")
    .description(
      "Delete a user with tokens, sign-ins and upvotes. Comments lose author and text; replies of others stay. Asks on a terminal.",
    )
    .argument("<name>", "the user name")
    .option("--dry-run", "say what would be deleted, and delete nothing")
    .option("--yes", "do not ask")
    .action((name: string, options: { dryRun?: boolean; yes?: boolean }) =>
      withStores(async ({ db, users }) => {
        const { key, username } = await users.getLocal(name);
        const traces = describeTraces(await tracesOf(db, key));
        if (options.dryRun) {
          print(`Would delete ${username}: ${traces}.`);
          return;
        }
        if (!options.yes) await confirm(`Delete ${username} (${traces})? This cannot be undone.`);
        await deleteUser(db, key);
        print(`Deleted ${username}: ${traces}.`);
      }),
    );
}

export function addTokenCommands(program: Command): void {
  const token = program.command("token").description("Manage access tokens.");
  token
    .command("create")
    .description("Make an access token for a user and print it, once.")
    .argument("<user>", "the user name")
    .option("--name <name>", "what to call it", "command line")
    .option("--expires <moment>", "from when on it is refused, such as 2027-01-31 or 2027-01-31T12:00:00Z")
    .action((name: string, options: { name: string; expires?: string }) =>
      withStores(async ({ users, tokens }) => {
        const owner = await users.getLocal(name);
        const expiresAt = options.expires == null ? null : parseMoment(options.expires, "--expires");
        const made = await tokens.create(owner.key, options.name, expiresAt);
        note(`Made token ${made.token.id} for ${owner.username}, shown this once:`);
        print(made.secret);
      }),
    );
  token
    .command("list")
    .description("List the access tokens that are neither expired nor revoked; secrets are not kept.")
    .argument("[user]", "the user name; without it, tokens of all users")
    .option("--json", "as JSON lines")
    .action((name: string | undefined, options: { json?: boolean }) =>
      withStores(async ({ users, tokens }) => {
        const owner = name === undefined ? null : await users.getLocal(name);
        const rows = await tokens.listLive(owner?.key ?? null);
        for (const {
          token: { id, name: label, createdAt, expiresAt, lastUsedAt },
          username,
        } of rows) {
          const times = [createdAt, expiresAt, lastUsedAt].map((at) => at?.toISOString() ?? null);
          if (options.json)
            print(
              JSON.stringify({
                id,
                user: username,
                name: label,
                createdAt: times[0],
                expiresAt: times[1],
                lastUsedAt: times[2],
              }),
            );
          else
            print(
              [
                id,
                username,
                `made ${times[0]}`,
                `expires ${times[1] ?? "never"}`,
                `used ${times[2] ?? "never"}`,
                label,
              ].join("  "),
            );
        }
        if (!rows.length) note("There are no such tokens.");
      }),
    );
  token
    .command("revoke")
    .description("Refuse an access token from now on.")
    .argument("<id>", "the token's id, as `papergraph token list` and `token create` show it")
    .action((id: string) =>
      withStores(async ({ tokens }) => {
        await tokens.revoke(null, numberOfGlobalId("AccessToken", id, "id"));
        print(`Revoked ${id}.`);
      }),
    );
}

function describeTraces({ tokens, identities, upvotes, comments, submissions, people }: UserTraces): string {
  return [
    `access tokens: ${tokens}`,
    `sign-ins: ${identities}`,
    `upvotes: ${upvotes}`,
    `comments: ${comments}`,
    `submissions: ${submissions}`,
    `claimed people: ${people}`,
  ].join(", ");
}
