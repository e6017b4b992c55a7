import { LRUCache } from "lru-cache";
import sql, { join, type Sql } from "sql-template-tag";
import type { ColumnsOf } from "../database/columns.js";
import type { Database } from "../database/database.js";
import { cacheAsked } from "../observability/events.js";
import { perParent, type PaperList } from "../papers/paper-list-sql.js";
import { rowsOf } from "../shared/batch.js";
import { makeGate, type Gate } from "./gate.js";
import { answerSql, scanColumns, scanned, type AnswerRow, type Question } from "./question.js";

export interface AnalyticsLimits {
  /** Statements at the same time: of the pool's ten connections, and of two processors. */
  slots: number;
  /** Milliseconds that a statement waits for its turn. */
  patience: number;
  /** Milliseconds that a statement may take, whatever others may: the whole catalogue is a fair question. */
  timeout: number;
  /** Answers that took so many milliseconds or more are kept. */
  worthKeeping: number;
  /** Milliseconds for which they are kept. */
  keep: number;
}

export const ANALYTICS_LIMITS: AnalyticsLimits = {
  slots: 2,
  patience: 5_000,
  timeout: 15_000,
  worthKeeping: 15,
  keep: 60_000,
};

/** Answers that are kept at most; the largest has some thousand rows. */
const KEPT = 200;
const SETTINGS = {
  // Of one sort or hash table: grouping a large catalogue by authors must not go to disk.
  work_mem: "64MB",
  // Reading all papers is half of the work. With PostgreSQL's own costs of a row that a worker hands over it would not do it.
  max_parallel_workers_per_gather: "1",
  parallel_setup_cost: "10",
  parallel_tuple_cost: "0.001",
};

interface Answer {
  question: number;
  row: AnswerRow;
}

/** What all requests have together. */
interface Shared {
  pass: Gate;
  kept: LRUCache<string, Promise<Answer[]>>;
  zones: Promise<Map<string, string>> | undefined;
}

/** Answers questions about all papers of lists. */
export class AnalyticsStore {
  constructor(
    private readonly db: Database,
    readonly columns: ColumnsOf,
    private readonly limits: AnalyticsLimits = ANALYTICS_LIMITS,
    private readonly shared: Shared = {
      pass: makeGate({ ...limits, slots: db.shareOf(limits.slots) }),
      kept: new LRUCache({ max: KEPT, ttl: limits.keep }),
      zones: undefined,
    },
  ) {}

  /** The same store over another handle of the database. */
  over(db: Database): AnalyticsStore {
    return new AnalyticsStore(db, this.columns, this.limits, this.shared);
  }

  /**
   * @param where which papers of the list: its own condition, or that without one of the filter's.
   * @returns for each parent the rows of each question.
   * @throws QUERY_TIMEOUT, or SERVICE_UNAVAILABLE when too many ask at the same time.
   */
  async answers(
    list: Pick<PaperList, "scope" | "personal">,
    where: Sql,
    parents: readonly number[],
    questions: readonly Question[],
  ): Promise<AnswerRow[][][]> {
    const columns = scanColumns(questions);
    const papers = perParent(
      list.scope,
      parents,
      (scope) => sql`SELECT ${columns} FROM ${scanned(questions)} p WHERE ${scope}${where}`,
    );
    const statement = answerSql(questions, sql`SELECT * FROM ${papers} papers`, parents);
    const answers = await (list.personal ? this.run(statement, this.db) : this.remembered(statement));
    const rows = questions.map((_, index) =>
      rowsOf(
        parents,
        answers.flatMap(({ question, row }) => (question === index ? row : [])),
        (row) => row.parent,
      ),
    );
    return parents.map((_, place) => rows.map((ofQuestion) => ofQuestion[place] ?? []));
  }

  /** @returns the names that the database knows for time zones, by their lower case; read once. */
  timeZones(): Promise<Map<string, string>> {
    this.shared.zones ??= this.readTimeZones();
    this.shared.zones.catch(() => (this.shared.zones = undefined));
    return this.shared.zones;
  }

  private async readTimeZones(): Promise<Map<string, string>> {
    const rows = await this.db.shared.query<{ name: string }>(
      "analytics.timeZones",
      sql`SELECT name FROM pg_timezone_names WHERE name !~ '^(posix|right)/'`,
    );
    return new Map(rows.map(({ name }) => [name.toLowerCase(), name]));
  }

  /** The same question at the same time is asked once; what was expensive is kept for a while. */
  private remembered(statement: Sql): Promise<Answer[]> {
    const key = JSON.stringify([statement.text, statement.values]);
    const known = this.shared.kept.get(key);
    cacheAsked("analytics", known ? "hit" : "miss");
    if (known) return known;
    const started = performance.now();
    // Others may come to wait for the same answer: the end of this request must not take it from them.
    const answers = this.run(statement, this.db.shared);
    this.shared.kept.set(key, answers);
    const forget = () => {
      this.shared.kept.delete(key);
    };
    answers.then(() => {
      if (performance.now() - started < this.limits.worthKeeping) forget();
    }, forget);
    return answers;
  }

  private run(statement: Sql, db: Database): Promise<Answer[]> {
    return this.shared.pass(() =>
      db.transaction(
        async (tx) => {
          await tx.query(
            "analytics.settings",
            sql`SELECT ${join(
              Object.entries(SETTINGS).map(([name, value]) => sql`set_config(${name}, ${value}, true)`),
            )}`,
          );
          return tx.query<Answer>("analytics.answers", statement);
        },
        { statementTimeout: this.limits.timeout },
      ),
    );
  }
}
