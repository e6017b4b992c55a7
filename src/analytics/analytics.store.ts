import { LRUCache } from "lru-cache";
import sql, { join, type Sql } from "sql-template-tag";
import type { ColumnsOf } from "../platform/database/columns.js";
import type { Database } from "../platform/database/database.js";
import { cacheAsked } from "../platform/observability/events.js";
import { perParent, type PaperList } from "../papers/list/paper-list.sql.js";
import { rowsOf } from "../shared/group-by-key.js";
import { Semaphore } from "../platform/work/semaphore.js";
import { WORK_BOUNDS } from "../platform/work/work-bounds.js";
import { SharedAnswer, type Asker } from "./shared-answer.js";
import { answerSql, scanColumns, scanned, type AnswerRow, type Question } from "./aggregation.js";

export interface AnalyticsLimits {
  /** Statements at the same time: of the pool's ten connections, and of two processors. */
  slots: number;
  /** Milliseconds that a statement waits for its turn. */
  acquireTimeout: number;
  /** Milliseconds that a statement may take, whatever others may: the whole catalogue is a fair question. */
  timeout: number;
  /** Answers whose statement took so many milliseconds or more are kept. */
  worthKeeping: number;
  /** Milliseconds for which they are kept. */
  keep: number;
}

export const ANALYTICS_LIMITS: AnalyticsLimits = {
  slots: 2,
  acquireTimeout: 5_000,
  // No longer than a request may take in all.
  timeout: WORK_BOUNDS.deadline,
  worthKeeping: 50,
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

/** How many statements wait for a slot at most, of all callers and of one: they would wait too long anyway. */
const MAX_WAITING = 100;
const MAX_WAITING_PER_CALLER = 25;
/** Seconds after which there may be room again. */
const BUSY = 5;

/** @returns the slots of analytics: one of several stays free for others, whatever one caller asks for. */
function slotsOf({ slots, acquireTimeout }: Pick<AnalyticsLimits, "slots" | "acquireTimeout">): Semaphore {
  return new Semaphore({
    slots,
    slotsPerCaller: Math.max(1, slots - 1),
    maxWaiting: MAX_WAITING,
    maxWaitingPerCaller: MAX_WAITING_PER_CALLER,
    acquireTimeout,
    busy: {
      message: "Too many analytical questions are being answered at the moment. Try again shortly.",
      retryAfter: BUSY,
    },
  });
}

/** What all requests have together. */
interface Shared {
  slots: Semaphore;
  kept: LRUCache<string, SharedAnswer<Answer[]>>;
  zones: Promise<Map<string, string>> | undefined;
}

/** Answers questions about all papers of lists. */
export class AnalyticsStore {
  constructor(
    private readonly db: Database,
    readonly columns: ColumnsOf,
    private readonly limits: AnalyticsLimits = ANALYTICS_LIMITS,
    private readonly shared: Shared = {
      slots: slotsOf({ ...limits, slots: db.shareOf(limits.slots) }),
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
   * @param asker the request that waits for the answer; null for the server itself.
   * @returns for each parent the rows of each question.
   * @throws QUERY_TIMEOUT, or SERVICE_UNAVAILABLE when too many ask at the same time.
   */
  async answers(
    list: Pick<PaperList, "scope" | "personal">,
    where: Sql,
    parents: readonly number[],
    questions: readonly Question[],
    asker: Asker | null = null,
  ): Promise<AnswerRow[][][]> {
    const columns = scanColumns(questions);
    const papers = perParent(
      list.scope,
      parents,
      (scope) => sql`SELECT ${columns} FROM ${scanned(questions)} p WHERE ${scope}${where}`,
    );
    const statement = answerSql(questions, sql`SELECT * FROM ${papers} papers`, parents);
    const shared = list.personal ? this.start(statement, asker) : this.remembered(statement, asker);
    const answers = await shared.for(asker);
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
  private remembered(statement: Sql, asker: Asker | null): SharedAnswer<Answer[]> {
    const key = JSON.stringify([statement.text, statement.values]);
    const { kept } = this.shared;
    const known = kept.get(key);
    const isOfUse = known && !known.isAbandoned;
    cacheAsked("analytics", isOfUse ? "hit" : "miss");
    if (isOfUse) return known;
    let milliseconds = 0;
    const answer = this.start(statement, asker, (took) => (milliseconds = took));
    kept.set(key, answer);
    const forget = () => {
      if (kept.peek(key) === answer) kept.delete(key);
    };
    answer.result.then(() => {
      if (milliseconds < this.limits.worthKeeping) forget();
    }, forget);
    return answer;
  }

  private start(
    statement: Sql,
    asker: Asker | null,
    onEnd?: (milliseconds: number) => void,
  ): SharedAnswer<Answer[]> {
    return new SharedAnswer(asker, (work) =>
      this.shared.slots.run(work, async () => {
        const started = performance.now();
        try {
          return await this.run(statement, this.db.forWork(work));
        } finally {
          onEnd?.(performance.now() - started);
        }
      }),
    );
  }

  private run(statement: Sql, db: Database): Promise<Answer[]> {
    return db.transaction(
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
    );
  }
}
