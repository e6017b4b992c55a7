import sql, { empty, join, raw, type Sql } from "sql-template-tag";

/** What questions read of a paper, and what it is over `p`, a row of paper_records. */
const COLUMNS = {
  upvotes: sql`p.upvote_count`,
  comments: sql`p.comment_count`,
  authors: sql`p.author_count`,
  codeStars: sql`p.code_stars`,
  hasCode: sql`(p.code_url IS NOT NULL)`,
  publishedAt: sql`p.published_at`,
  submittedAt: sql`p.submitted_at`,
  submittedBy: sql`p.submitted_by`,
  venue: sql`p.venue`,
  tagIds: sql`p.tag_ids`,
  organisationIds: sql`p.organisation_ids`,
  authorIds: distinct("p.author_ids"),
};

/**
 * A list of authors may hold one twice, and they count once. The list is made a set while papers are read, which
 * PostgreSQL does in parallel; few lists need more than the test. A vector of texts is a set: no test is cheaper.
 */
function distinct(list: string): Sql {
  return raw(
    `CASE WHEN cardinality(${list}) > length(array_to_tsvector(${list}::text[])) THEN ARRAY(SELECT DISTINCT unnest(${list})) ELSE ${list} END`,
  );
}

export type ScanColumn = keyof typeof COLUMNS;

/** One thing asked about all papers of a list. Many are answered by one statement over one scan of the papers. */
export interface Question {
  /** Tells it from every other question about the same papers. */
  key: string;
  /** What it reads of a paper. */
  columns: readonly ScanColumn[];
  /** Tables made on the way, by name: questions that name the same one share it. A later one may read an earlier one. */
  tables?: readonly (readonly [name: string, select: Sql])[];
  /**
   * A SELECT with a column `parent`, over the scan `m` (`parent` and the columns), `parents` (`parent`) and the tables.
   * In any order: where it matters the rows hold it.
   */
  rows: Sql;
}

/** A row of an answer: JSON, so numbers are numbers, and dates are texts. */
export type AnswerRow = Record<string, unknown> & { parent: number };

/** @returns the columns, once each, that all these questions read, as a select list over `p`. */
export function scanColumns(questions: readonly Question[]): Sql {
  const names = new Set(questions.flatMap(({ columns }) => columns));
  const columns = [...names].sort().map((name) => sql`${COLUMNS[name]} AS ${raw(`"${name}"`)}`);
  return join([sql`p.id`, ...columns]);
}

/** What search rows have; they are wide, but read alone they cost less than together with the papers. */
const OF_SEARCH_ROWS: ReadonlySet<ScanColumn> = new Set([
  "tagIds",
  "organisationIds",
  "authorIds",
  "publishedAt",
]);

/** @returns the view that has what the questions read, with no more tables behind it than they need. */
export function scanned(questions: readonly Question[]): Sql {
  const columns = questions.flatMap((question) => question.columns);
  const searchRowsDo =
    columns.every((column) => OF_SEARCH_ROWS.has(column)) &&
    columns.some((column) => column !== "publishedAt");
  return raw(searchRowsDo ? "paper_matches" : "paper_records");
}

/**
 * @param scan a SELECT of `parent` and the scan's columns.
 * @returns the statement that answers all questions; its rows are {question, row}. PostgreSQL writes the scan down when
 * it is read twice, and melts it into its one reader otherwise: it reads the papers once either way. What is read for
 * each parent or row anew is MATERIALIZED, as it would be computed each time.
 */
export function answerSql(questions: readonly Question[], scan: Sql, parents: readonly number[]): Sql {
  const tables = new Map(questions.flatMap(({ tables = [] }) => tables));
  const shared = [...tables].map(([name, select]) => sql`, ${raw(`"${name}"`)} AS MATERIALIZED (${select})`);
  const answers = questions.map(
    ({ rows }, index) =>
      sql`SELECT ${index}::integer AS question, to_json(answer) AS row FROM (${rows}) answer`,
  );
  return sql`WITH parents AS (SELECT unnest(${parents}::integer[]) AS parent), m AS (${scan})${glued(shared)}
    ${join(answers, " UNION ALL ")}`;
}

/** @returns the parts one behind the other; `join` takes no empty list. */
export function glued(parts: readonly Sql[]): Sql {
  return parts.length ? join([...parts], "") : empty;
}
