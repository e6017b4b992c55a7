import sql, { join, raw, type Sql } from "sql-template-tag";
import { ArgsType, Field, Float, Int, ObjectType } from "type-graphql";
import type { Context } from "../../context/request-context.js";
import { badInput, type PapergraphError } from "../../shared/errors.js";
import { MAX_PAGE } from "../../shared/pagination/connection.js";
import { DEFAULT_FEW, wholeNumber } from "../../shared/validate-input.js";
import { AnalysedPapersArgs, analysedPapers } from "../analysed-papers.js";
import { dimensionsSql, PaperDimension } from "../dimensions.js";
import type { Question } from "../aggregation.js";

/** So few papers may be chance or one group's habit. */
const LEAST_COUNT = 3;

@ArgsType()
export class CoOccurrencesArgs extends AnalysedPapersArgs {
  @Field(() => PaperDimension, { description: "The dimension of the first value." })
  a: PaperDimension;

  @Field(() => PaperDimension, {
    description:
      "The dimension of the second value; with the same dimension, its values are paired with each other, each pair once.",
  })
  b: PaperDimension;

  @Field(() => Int, { nullable: true, defaultValue: DEFAULT_FEW, description: "How many, 1 to 100." })
  first?: number | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: LEAST_COUNT,
    description: "The least number of papers that two values must share.",
  })
  minCount?: number | null;
}

@ObjectType({
  description: "Two values that occur together in more papers than expected if they were independent.",
})
export class CoOccurrence {
  @Field(() => String, {
    description:
      "The key of the first value: a slug, a name, `2025`. Within one dimension, the smaller key by code points.",
  })
  a: string;

  @Field(() => String, { description: "The key of the second value." })
  b: string;

  @Field(() => Int, { description: "The number of papers that have both." })
  count: number;

  @Field(() => Float, {
    description:
      "The expected number of papers with both values if the two were independent: papers with the one × papers with the other / all papers.",
  })
  expected: number;

  @Field(() => Float, { description: "`count / expected`, always above 1." })
  lift: number;

  @Field(() => Float, {
    description:
      "The evidence that the two values are not independent: the log-likelihood ratio G² of the 2 × 2 table of papers with and without each value (Dunning 1993). `lift` alone favours rare values, `count` alone common ones.",
  })
  score: number;
}

/** Pairs that are made of the papers' values at most, each paper's counted: a second or two of PostgreSQL's time. */
const MAX_PAIRS = 1_000_000;

/**
 * Where the papers have too many pairs, those of values with so many papers are counted: there are few of these, and
 * those with the highest scores are mostly among them.
 */
const FREQUENT = [8, 32];

type CoOccurrenceRow = CoOccurrence & {
  /** From 1; 0 in the one row that has `made` and `counted` and nothing else. */
  place: number;
  /** How many papers there are. */
  n: number;
  /** How many pairs the papers have. */
  made: number;
  /** The pairs counted are those of values with so many papers; null when there are too many of any. */
  counted: number | null;
};

/**
 * @returns the pairs of values that go together most surely; ties by key.
 * @throws BAD_USER_INPUT naming the argument.
 */
export async function coOccurrences(context: Context, args: CoOccurrencesArgs): Promise<CoOccurrence[]> {
  const limit = wholeNumber(args.first ?? DEFAULT_FEW, "first", 1, MAX_PAGE);
  const least = wholeNumber(args.minCount ?? LEAST_COUNT, "minCount", 1);
  const connection = await analysedPapers(context, args, { kind: "papers" });
  const question = pairsQuestion(args.a, args.b, limit, least);
  const rows = await context.loaders.analytics.ask<CoOccurrenceRow>(connection, question);
  const { made = 0, counted = null } = rows.find(({ place }) => place === 0) ?? {};
  const found = rows.filter(({ place }) => place > 0).sort((one, other) => one.place - other.place);
  if (counted === null || (counted > least && !areHighest(found, limit, counted)))
    throw tooManyPairs(made, least);
  return found.map(({ a, b, count, expected, lift, score }) => ({ a, b, count, expected, lift, score }));
}

/** Whether no pair that was not counted, because a value of it has fewer papers, can score as high as the last one. */
function areHighest(found: readonly CoOccurrenceRow[], limit: number, counted: number): boolean {
  const last = found[limit - 1];
  return last !== undefined && last.score > greatestScore(counted - 1, last.n);
}

/**
 * @returns the score that no pair exceeds which so many papers or fewer have, of n papers. With the shared papers
 * given, G² falls the more papers either value has beside them, so it is greatest where it has none.
 */
function greatestScore(count: number, n: number): number {
  const k = Math.min(count, n / 2);
  return 2 * (k * Math.log(n / k) + (n - k) * Math.log(n / (n - k)));
}

function tooManyPairs(pairs: number, least: number): PapergraphError {
  return badInput(
    "minCount",
    `${least} leaves ${pairs} pairs to count, more than ${MAX_PAIRS}. Take a higher minCount, or fewer papers by a search or filter.`,
  );
}

/**
 * A pair cannot be in more papers than either of its values, so values with too few papers are dropped before pairing.
 * How many pairs the papers have is known before any is made; so it is chosen then which of them can be counted.
 */
function pairsQuestion(a: PaperDimension, b: PaperDimension, limit: number, least: number): Question {
  const { columns, names, keys } = dimensionsSql([a, b]);
  const [keyA = sql``, keyB = sql``] = keys;
  const isSame = a === b;
  const one = isSame ? sql`least(${keyA}, ${keyB})` : keyA;
  const other = isSame ? sql`greatest(${keyA}, ${keyB})` : keyB;
  const sides = isSame
    ? sql`side_a AS MATERIALIZED (${sideSql(a, least)}), side_b AS (SELECT * FROM side_a)`
    : sql`side_a AS MATERIALIZED (${sideSql(a, least)}), side_b AS MATERIALIZED (${sideSql(b, least)})`;
  return {
    key: `pairs ${a} ${b} ${limit} ${least}`,
    columns,
    rows: sql`WITH ${sides}, total AS MATERIALIZED (SELECT count(*)::double precision AS n FROM m),
      ${madeSql(isSame, least)},
      pairs AS (
        SELECT x.v1, y.v1 AS v2, min(x.n) AS na, min(y.n) AS nb, count(*)::double precision AS k
        FROM (SELECT * FROM side_a WHERE n >= (SELECT counted FROM made)) x
        JOIN (SELECT * FROM side_b WHERE n >= (SELECT counted FROM made)) y
          ON y.id = x.id${raw(isSame ? " AND y.v1 > x.v1" : "")}
        GROUP BY x.v1, y.v1 HAVING count(*) >= (SELECT counted FROM made)),
      expected AS (
        SELECT p.*, t.n, p.na::double precision * p.nb / t.n AS e
        FROM pairs p CROSS JOIN total t),
      scored AS (SELECT e.*, 2 * (${G_SQUARED}) AS score FROM expected e WHERE e.k > e.e),
      largest AS (SELECT * FROM scored ORDER BY score DESC FETCH FIRST ${limit} ROWS WITH TIES),
      placed AS (
        SELECT g.*, ${one} AS a, ${other} AS b, row_number() OVER (ORDER BY g.score DESC, ${one}, ${other}) AS place
        FROM largest g${names})
      SELECT parents.parent, answer.* FROM parents CROSS JOIN (
        SELECT place, a, b, k AS count, e AS expected, k / e AS lift, score, n, NULL::numeric AS made, NULL::integer AS counted
        FROM placed WHERE place <= ${limit}
        UNION ALL SELECT 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, made, counted FROM made) answer`,
  };
}

/** @returns the table `made` of one row: how many pairs the papers have, and of values with how many papers they can be counted. */
function madeSql(isSame: boolean, least: number): Sql {
  const counts = [least, ...FREQUENT.filter((count) => count > least)];
  const ofPaper = (side: string) =>
    sql`(SELECT id, ${join(
      counts.map((count, index) => sql`count(*) FILTER (WHERE n >= ${count}) AS ${raw(`n${index}`)}`),
    )} FROM ${raw(side)} GROUP BY id) ${raw(`of_${side}`)}`;
  const made = counts.map((_, index) =>
    isSame
      ? raw(`coalesce(sum(n${index} * (n${index} - 1) / 2), 0) AS made_${index}`)
      : raw(`coalesce(sum(of_side_a.n${index} * of_side_b.n${index}), 0) AS made_${index}`),
  );
  const cases = counts.map(
    (count, index) => sql`WHEN ${raw(`made_${index}`)} <= ${MAX_PAIRS}::bigint THEN ${count}::integer`,
  );
  // A full join is never done in loops, and what has no partner adds nothing.
  const papers = isSame
    ? ofPaper("side_a")
    : sql`${ofPaper("side_a")} FULL JOIN ${ofPaper("side_b")} USING (id)`;
  return sql`made AS MATERIALIZED (
      SELECT made_0 AS made, CASE ${join(cases, " ")} END AS counted FROM (SELECT ${join(made)} FROM ${papers}) made)`;
}

/** The papers of each value that enough papers have, and how many these are. Joined in full: never in loops. */
function sideSql(dimension: PaperDimension, least: number): Sql {
  const { from, where, valuesAs } = dimensionsSql([dimension]);
  return sql`WITH v AS MATERIALIZED (SELECT m.id${valuesAs} FROM ${from} WHERE ${where}),
      enough AS (SELECT v.v1, count(*) AS n FROM v GROUP BY v.v1 HAVING count(*) >= ${least})
      SELECT * FROM (SELECT * FROM v FULL JOIN enough USING (v1) OFFSET 0) counted WHERE n IS NOT NULL`;
}

/** Σ observed · ln(observed / expected) over both, one, the other, neither; what is not there adds nothing. */
const G_SQUARED: Sql = (() => {
  const cell = (observed: string, expected: string) =>
    `CASE WHEN ${observed} > 0 THEN (${observed}) * ln((${observed}) * n / (${expected})) ELSE 0 END`;
  return raw(
    [
      cell("k", "na::double precision * nb"),
      cell("na - k", "na * (n - nb)"),
      cell("nb - k", "nb * (n - na)"),
      cell("n - na - nb + k", "(n - na) * (n - nb)"),
    ].join(" + "),
  );
})();
