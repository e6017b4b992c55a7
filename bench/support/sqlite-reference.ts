import { spawn, spawnSync, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { existsSync, renameSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { to as copyTo } from "pg-copy-streams";
import type { Database } from "../../src/platform/database/database.js";
import type { Million } from "./million.js";
import type { PlainQuery } from "./search-queries.js";
import { say } from "./table.js";

/** SQLite's FTS5 over the same titles and abstracts. */
export interface SqliteReference {
  /** @returns milliseconds, once for each time. */
  ask(query: PlainQuery, repeat: number): Promise<number[]>;
  stop(): Promise<void>;
}

/** A program with an SQLite that has FTS5. */
interface Program {
  name: string;
  probe: string[];
  /** Reads CSV (id, title, abstract) from standard input into a file. */
  build: (file: string) => string[];
  ask: (file: string) => string[];
  /** What is written to it to ask, and how its line with the milliseconds is read; null for other lines. */
  question: (match: string) => string;
  milliseconds: (line: string) => number | null;
}

const SCRIPT = fileURLToPath(new URL("fts5.py", import.meta.url));

/** The texts are not kept: searching reads the index alone. */
const TABLE =
  "CREATE VIRTUAL TABLE papers USING fts5(id UNINDEXED, title, abstract, content='', tokenize='porter unicode61')";

/** rank is bm25(), sorted by FTS5 itself: faster than ORDER BY bm25(papers). */
const SELECT = "SELECT rowid FROM papers WHERE papers MATCH";
const ORDER = "ORDER BY rank LIMIT 20";

const python = (name: string): Program => ({
  name,
  probe: [SCRIPT, "probe"],
  build: (file) => [SCRIPT, "build", file, TABLE],
  ask: (file) => [SCRIPT, "ask", file, `${SELECT} ? ${ORDER}`],
  question: (match) => JSON.stringify(match),
  milliseconds: Number,
});

/** Its timer shows whole milliseconds; rows go nowhere. */
const COMMAND: Program = {
  name: "sqlite3",
  probe: [":memory:", "CREATE VIRTUAL TABLE t USING fts5(a)"],
  build: (file) => [
    file,
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -500000;",
    TABLE,
    ".import --csv /dev/stdin papers",
    "INSERT INTO papers (papers) VALUES ('optimize')",
  ],
  ask: (file) => ["-readonly", "-cmd", "PRAGMA cache_size = -1000000", "-cmd", ".timer on", file],
  question: (match) => `${SELECT} '${match.replaceAll("'", "''")}' ${ORDER};`,
  milliseconds: (line) => {
    const seconds = /^Run Time: real ([\d.]+)/.exec(line)?.[1];
    return seconds === undefined ? null : 1_000 * Number(seconds);
  },
};

/** @returns null, saying so, where no program with FTS5 is at hand. */
export async function openSqlite(db: Database, million: Million): Promise<SqliteReference | null> {
  const program = [python("python3"), python("python"), COMMAND].find(
    ({ name, probe }) => spawnSync(name, probe, { stdio: "ignore" }).status === 0,
  );
  if (!program) {
    say("SQLite is left out: neither Python nor the sqlite3 command has it with FTS5.");
    return null;
  }
  const file = `${million.path}.${million.version}.fts5`;
  if (!existsSync(file)) await build(program, file, db);
  return opened(program, file);
}

function opened(program: Program, file: string): SqliteReference {
  const child = spawn(program.name, program.ask(file), { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const timeOf = async (match: string) => {
    child.stdin.write(`${program.question(match)}\n`);
    for (;;) {
      const line = await lines.next();
      if (line.done) throw new Error(`${program.name} has ended.`);
      const milliseconds = program.milliseconds(line.value);
      if (milliseconds !== null) return milliseconds;
    }
  };
  return {
    async ask(query, repeat) {
      const times: number[] = [];
      while (times.length < repeat) times.push(await timeOf(matchOf(query)));
      return times;
    },
    stop: () => ended(child),
  };
}

async function ended(child: ChildProcessByStdio<Writable, Readable, null>): Promise<void> {
  const exit = once(child, "exit");
  child.stdin.end();
  await exit;
}

async function build(program: Program, file: string, db: Database): Promise<void> {
  say(`Building SQLite's index in ${file} with ${program.name}, once.`);
  const started = performance.now();
  const unfinished = `${file}.unfinished`;
  rmSync(unfinished, { force: true });
  const child = spawn(program.name, program.build(unfinished), { stdio: ["pipe", "ignore", "inherit"] });
  const exit = once(child, "exit") as Promise<[number | null]>;
  await db.connected(async (client) => {
    const rows = client.query(
      copyTo(
        "COPY (SELECT id, title, coalesce(abstract, '') FROM paper_records ORDER BY id) TO STDOUT (FORMAT csv)",
      ),
    );
    await pipeline(rows, child.stdin);
  });
  const [code] = await exit;
  if (code !== 0) throw new Error("Building SQLite's index failed.");
  renameSync(unfinished, file);
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
