import sql, { empty, join, raw, type Sql } from "sql-template-tag";
import type { ColumnsOf } from "../database/columns.js";
import type { Database } from "../database/database.js";
import { notFound } from "../errors.js";
import {
  readPageArgs,
  toPage,
  type Edge,
  type KeysetRow,
  type Page,
  type PageArgs,
} from "../shared/connection.js";
import { inOrderOf, rowsOf } from "../shared/batch.js";
import { fingerprint, type Fingerprint } from "../shared/cursor.js";
import { cleanText } from "../shared/input.js";
import {
  keysetKeys,
  keysetOrder,
  keysetSelect,
  type KeysetList,
  type Slice,
  type SortKey,
} from "../shared/keyset.js";
import { parseGlobalId } from "../shared/node.js";
import type { CompiledSearch } from "../search/compile-search.js";
import { ENOUGH_RANKED, inTier, LARGEST_TIER, TIERS } from "../search/tiers.js";
import { externalIdFrom } from "./paper-address.js";
import { Paper } from "./paper.entity.js";
import type { PaperFilter } from "./paper.filter.js";

/** The parent of lists that have none. */
export const NO_PARENT = 0;

/** Matches of a search that are counted: each costs some microseconds, and nobody reads on so far. */
const COUNTED = 10_000;

/** Which papers a list under a parent (an organisation, an author, …) holds, given the parent's number as SQL. */
export type PaperScope = (parent: Sql) => Sql;

/** A list of papers: which, and in what order. */
export interface PaperList {
  /** Over `p`, a row of paper_records. */
  where: Sql;
  scope: PaperScope | null;
  search: CompiledSearch | null;
  /** Whether RELEVANCE is among the keys. */
  byRelevance: boolean;
  /** Ordered by relevance, the papers of this tier are ranked and the others follow; null ranks all. */
  tier: number | null;
  keys: readonly SortKey[];
  fingerprint: Fingerprint;
  /** Whether it hangs on who asks: what such a list holds is never kept for others. */
  personal: boolean;
  /** `where` without one condition at the top of the caller's filter; null when the filter has none. */
  whereWithout(condition: keyof PaperFilter): Promise<Sql> | null;
}

export interface PaperCount {
  count: number;
  /** Whether counting stopped there. */
  isCut: boolean;
}

export interface PaperEdge extends Edge<Paper> {
  /** Null without a search. */
  score: number | null;
}

interface PaperRow extends Paper, KeysetRow {
  parent: number;
  score: number | null;
}

export class PaperStore {
  constructor(
    private readonly db: Database,
    private readonly columns: ColumnsOf,
  ) {}

  /** @throws BAD_USER_INPUT or BAD_CURSOR naming the argument. */
  slice(list: PaperList, args: PageArgs): Slice {
    return readPageArgs(args, list.fingerprint, list.keys);
  }

  /** @returns the same page of each parent's list, in the parents' order. */
  async pages(list: PaperList, slice: Slice, parents: readonly number[]): Promise<Page<PaperEdge>[]> {
    const select = (scope: Sql) =>
      keysetSelect({ columns: sql`p.id AS page_id`, ...sourceOf(list, scope), keys: list.keys }, slice);
    const rows = await this.db.query<PaperRow>(
      "papers.pages",
      sql`SELECT ${this.columns(Paper, "r")}, page.parent, ${keysetKeys(list.keys, "page")}${scoreColumn(list)}
          FROM ${perParent(list.scope, parents, select)} page JOIN paper_records r ON r.id = page.page_id
          ORDER BY ${keysetOrder(list.keys, slice.backward)}`,
    );
    return rowsOf(parents, rows, (row) => row.parent).map((ofParent) =>
      toPage(ofParent, slice, list.fingerprint, list.keys.length, (row, cursor) => ({
        cursor,
        node: toPaper(row),
        score: row.score,
      })),
    );
  }

  /**
   * @param where over `p`, a row of paper_matches.
   * @returns the smallest tier that holds enough of these papers to be ranked in place of all; null when none does.
   */
  async tierOf(where: Sql): Promise<number | null> {
    // The planner must not hope to come across some of them soon, and read the table: so MATERIALIZED, which is read
    // no further than asked for.
    const tiers = TIERS.map(
      (tier) =>
        sql`${raw(`tier_${tier}`)} AS MATERIALIZED (SELECT p.id FROM paper_matches p WHERE ${where} AND ${inTier("p", tier)})`,
    );
    const cases = TIERS.map(
      (tier) =>
        sql`WHEN (SELECT count(*) FROM (SELECT FROM ${raw(`tier_${tier}`)} LIMIT ${ENOUGH_RANKED}) held) = ${ENOUGH_RANKED}::bigint THEN ${tier}::integer`,
    );
    const row = await this.db.first<{ tier: number | null }>(
      "papers.tierOf",
      sql`WITH ${join(tiers)} SELECT CASE ${join(cases, " ")} END AS tier`,
    );
    return row?.tier ?? null;
  }

  /** @returns how many papers each parent's list holds. Matches of a search are counted up to COUNTED. */
  async counts(list: PaperList, parents: readonly number[]): Promise<PaperCount[]> {
    const select = (scope: Sql) => (list.search ? countMatches(list, scope) : countAll(list, scope));
    const rows = await this.db.query<{ parent: number; count: number }>(
      "papers.counts",
      sql`SELECT counted.* FROM ${perParent(list.scope, parents, select)} counted`,
    );
    return inOrderOf(parents, rows, (row) => row.parent).map((row) => {
      const count = row?.count ?? 0;
      const isCut = list.search !== null && count > COUNTED;
      return { count: isCut ? COUNTED : count, isCut };
    });
  }

  /** @returns the papers with these numbers, in their order, null for a miss. */
  async byKeys(keys: readonly number[]): Promise<(Paper | null)[]> {
    const rows = await this.db.query<Paper>(
      "papers.byKeys",
      sql`SELECT ${this.columns(Paper, "p")} FROM paper_records p WHERE p.id = ANY(${keys})`,
      { prepared: true },
    );
    return inOrderOf(keys, rows.map(toPaper), (found) => found.key);
  }

  /** @returns the papers with these ids of their sources, in their order, null for a miss. */
  async byExternalIds(ids: readonly string[]): Promise<(Paper | null)[]> {
    const rows = await this.db.query<Paper>(
      "papers.byExternalIds",
      sql`SELECT ${this.columns(Paper, "p")} FROM paper_records p WHERE p.external_id = ANY(${ids})`,
      { prepared: true },
    );
    return inOrderOf(ids, rows.map(toPaper), (found) => found.externalId);
  }

  /** @param id what people paste: a global id, an arXiv id, an address. */
  async find(id: string, argument: string): Promise<Paper | null> {
    const [paper] = await this.byExternalIds([paperExternalId(id, argument)]);
    return paper ?? null;
  }

  /** @throws NOT_FOUND. */
  async get(id: string, argument: string): Promise<Paper> {
    const paper = await this.find(id, argument);
    if (!paper) throw notFound(`paper "${paperExternalId(id, argument)}"`);
    return paper;
  }
}

/** @returns the id under which a paper is kept, from a global id or anything that people paste. */
export function paperExternalId(id: string, argument: string): string {
  const clean = cleanText(id, argument);
  const parsed = parseGlobalId(clean);
  return parsed?.type === "Paper" ? parsed.key : externalIdFrom(clean);
}

export function paperListFingerprint(...parts: unknown[]): Fingerprint {
  return fingerprint(["papers", ...parts]);
}

/** A select made once for each parent; a list without a scope has the one parent NO_PARENT. */
export function perParent(
  scope: PaperScope | null,
  parents: readonly number[],
  select: (scope: Sql) => Sql,
): Sql {
  if (!scope) return sql`(SELECT ${NO_PARENT}::integer AS parent, list.* FROM (${select(empty)}) list)`;
  const parent = sql`parents.parent`;
  return sql`(SELECT ${parent}, list.* FROM unnest(${parents}::integer[]) AS parents(parent)
    CROSS JOIN LATERAL (${select(sql`${scope(parent)} AND `)}) list)`;
}

function countAll({ where }: PaperList, scope: Sql): Sql {
  return sql`SELECT count(*) AS count FROM paper_records p WHERE ${scope}${where}`;
}

/**
 * A match is counted by reading its row. Of a broad search the well-known ones are counted first: when they are too
 * many already, the index over all papers is never asked. Common table expressions are read no further than needed.
 */
function countMatches({ where, search }: PaperList, scope: Sql): Sql {
  const matches = sql`SELECT p.id FROM paper_matches p WHERE ${scope}${where}`;
  const counted = (table: string) =>
    sql`(SELECT count(*) FROM (SELECT FROM ${raw(table)} LIMIT ${COUNTED + 1}) c)`;
  if (!search?.broad)
    return sql`WITH matching AS MATERIALIZED (${matches}) SELECT ${counted("matching")} AS count`;
  return sql`WITH matching AS MATERIALIZED (${matches}), known AS MATERIALIZED (${matches} AND ${inTier("p", LARGEST_TIER)})
    SELECT CASE WHEN ${counted("known")} > ${COUNTED}::bigint THEN ${COUNTED + 1}::bigint ELSE ${counted("matching")} END AS count`;
}

/**
 * What the pages of a list are cut out of. A score is computed once for each match, behind OFFSET 0: else the planner
 * would spell it again wherever the keys name it. A search in another order walks that order's index as any list does.
 */
function sourceOf(list: PaperList, scope: Sql): Pick<KeysetList, "from" | "where" | "valueless"> {
  const where = sql`${scope}${list.where}`;
  const { search, tier } = list;
  if (!search || !list.byRelevance) return { from: sql`paper_records p`, where };
  const columns = list.keys.length > 2 ? sql`p.*` : sql`p.id`;
  const scored = (condition: Sql) =>
    sql`SELECT ${columns}, ${search.score("p")} AS relevance FROM paper_matches p WHERE ${condition}`;
  if (tier === null) return { from: sql`(${scored(where)} OFFSET 0) p`, where: sql`true` };
  const inside = inTier("p", tier);
  // Well-known or not, a paper that has it all in its title is ranked. IS TRUE keeps the planner from reading what an
  // index says of all the matches.
  const outside = join(titled(search), " OR ");
  const unranked = sql`SELECT ${columns}, NULL::double precision AS relevance FROM paper_matches p
    WHERE ${where} AND NOT (${inside}) AND NOT (${outside})`;
  return {
    from: sql`(${scored(sql`${where} AND ${inside}`)} UNION ALL ${scored(sql`(${outside}) AND NOT (${inside}) AND (${where}) IS TRUE`)} OFFSET 0) p`,
    where: sql`true`,
    valueless: { from: sql`(${unranked}) p`, where: sql`true` },
  };
}

function titled({ titles, sameTitle }: CompiledSearch): Sql[] {
  const conditions = [sql`p.id = ANY (${sameTitle}::integer[])`];
  if (titles !== null) conditions.push(sql`ts_filter(p.tsv, '{a}') @@ ${titles}::tsquery`);
  return conditions;
}

/** Computed where the order has not computed it before. */
function scoreColumn({ search, keys, byRelevance }: PaperList): Sql {
  if (!search) return sql`, NULL::double precision AS score`;
  if (!byRelevance) return sql`, ${search.score("r")} AS score`;
  const place = keys.findIndex(({ expression }) => expression.sql === "p.relevance");
  return sql`, page.${raw(`sort_${place + 1}`)} AS score`;
}

function toPaper(row: Paper): Paper {
  return Object.assign(new Paper(), row);
}
