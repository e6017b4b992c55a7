import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { to as copyTo } from "pg-copy-streams";
import type { Database } from "../../src/database/database.js";
import type { Million } from "./million.js";
import type { PlainQuery } from "./search-queries.js";
import { say } from "./table.js";

const SCRIPT = fileURLToPath(new URL("fts5.py", import.meta.url));

/** SQLite's FTS5 over the same titles and abstracts. */
export interface SqliteReference {
  /** @returns milliseconds, once for each time. */
  ask(query: PlainQuery, repeat: number): Promise<number[]>;
  stop(): Promise<void>;
}

/** @returns null, saying so, where there is no Python whose SQLite has FTS5. */
export async function openSqlite(db: Database, million: Million): Promise<SqliteReference | null> {
  const python = ["python3", "python"].find(
    (name) => spawnSync(name, [SCRIPT, "probe"], { stdio: "ignore" }).status === 0,
  );
  if (!python) {
    say("SQLite is left out: there is no python3 whose sqlite3 module has FTS5.");
    return null;
  }
  const file = `${million.path}.${million.version}.fts5`;
  if (!existsSync(file)) await build(python, file, db);
  const child = spawn(python, [SCRIPT, "ask", file], { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(query, repeat) {
      child.stdin.write(`${JSON.stringify({ match: matchOf(query), repeat })}\n`);
      const answer = await answers.next();
      if (answer.done) throw new Error("The Python process that asks SQLite has ended.");
      return (JSON.parse(answer.value) as { milliseconds: number[] }).milliseconds;
    },
    async stop() {
      const ended = once(child, "exit");
      child.stdin.end();
      await ended;
    },
  };
}

async function build(python: string, file: string, db: Database): Promise<void> {
  say(`Building SQLite's index in ${file}, once.`);
  const started = performance.now();
  const child = spawn(python, [SCRIPT, "build", file], { stdio: ["pipe", "inherit", "inherit"] });
  const ended = once(child, "exit");
  await db.connected(async (client) => {
    const rows = client.query(
      copyTo(
        "COPY (SELECT id, title, coalesce(abstract, '') FROM paper_records ORDER BY id) TO STDOUT (FORMAT csv)",
      ),
    );
    await pipeline(rows, child.stdin);
  });
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error("Building SQLite's index failed.");
  say(`SQLite's index was built in ${((performance.now() - started) / 1_000).toFixed(0)} s.`);
}

/** FTS5's query language; words are quoted, so that none of them is an operator. */
function matchOf({ all, any, phrase, prefix, not }: PlainQuery): string {
  const words = (text: string) => text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const every = (text: string) =>
    words(text)
      .map((word) => `"${word}"`)
      .join(" AND ");
  const parts: string[] = [];
  if (all) parts.push(every(all));
  if (any) parts.push(any.map(every).join(" OR "));
  if (phrase) parts.push(`"${words(phrase).join(" ")}"`);
  if (prefix) parts.push(`"${prefix}"*`);
  const positive = parts.map((part) => `(${part})`).join(" AND ");
  return not ? `${positive} NOT (${every(not)})` : positive;
}
