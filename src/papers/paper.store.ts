import sql, { join, raw, type Sql } from "sql-template-tag";
import type { ColumnsOf } from "../platform/database/columns.js";
import type { Database } from "../platform/database/database.js";
import { notFound } from "../shared/errors.js";
import {
  readPageArgs,
  toPage,
  type Edge,
  type KeysetRow,
  type Page,
  type PageArgs,
} from "../shared/pagination/connection.js";
import { inOrderOf, rowsOf } from "../shared/group-by-key.js";
import { cleanText } from "../shared/validate-input.js";
import { keysetKeys, keysetOrder, type Slice } from "../shared/pagination/keyset.js";
import { parseGlobalId } from "../shared/node.js";
import { ENOUGH_RANKED, inTier, TIERS } from "../search/ranking/tiers.js";
import { externalIdFrom } from "./paper-identifiers.js";
import type { PaperColumns } from "./paper-columns.js";
import { Paper } from "./paper.entity.js";
import {
  COUNTED,
  countAll,
  countMatches,
  pagesSql,
  perParent,
  scoreColumn,
  type PaperList,
} from "./list/paper-list.sql.js";

export interface PaperCount {
  count: number;
  /** Whether counting stopped there. */
  isCut: boolean;
}

export interface PaperEdge extends Edge<Paper> {
  /** Null without a search, and where so many papers match that this one was not ranked. */
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
  async pages(
    list: PaperList,
    slice: Slice,
    parents: readonly number[],
    columns: PaperColumns = null,
  ): Promise<Page<PaperEdge>[]> {
    const rows = await this.db.query<PaperRow>(
      "papers.pages",
      sql`SELECT ${this.columns(Paper, "r", columns)}, page.parent, ${keysetKeys(list.keys, "page")}${scoreColumn(list)}
          FROM ${pagesSql(list, slice, parents)} page JOIN paper_records r ON r.id = page.page_id
          ORDER BY ${keysetOrder(list.keys, slice.backward)}`,
      list.steady ? { prepared: "text" } : {},
    );
    return rowsOf(parents, rows, (row) => row.parent).map((ofParent) =>
      toPage(ofParent, slice, list.fingerprint, list.keys.length, (row, cursorOf) => ({
        get cursor() {
          return cursorOf();
        },
        node: toPaper(row),
        score: row.score,
      })),
    );
  }

  /**
   * @param where over `p`, a row of paper_matches.
   * @param steady whether the best plan does not hang on values.
   * @returns the smallest tier that holds enough of these papers to be ranked in place of all; null when none does.
   */
  async tierOf(where: Sql, steady: boolean): Promise<number | null> {
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
      steady ? { prepared: "text" } : {},
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
      { prepared: "label" },
    );
    return inOrderOf(keys, rows.map(toPaper), (found) => found.key);
  }

  /** @returns the papers with these ids of their sources, in their order, null for a miss. */
  async byExternalIds(ids: readonly string[], columns: PaperColumns = null): Promise<(Paper | null)[]> {
    const rows = await this.db.query<Paper>(
      "papers.byExternalIds",
      sql`SELECT ${this.columns(Paper, "p", columns)} FROM paper_records p WHERE p.external_id = ANY(${ids})`,
      { prepared: "text" },
    );
    return inOrderOf(ids, rows.map(toPaper), (found) => found.externalId);
  }

  /** @param id what people paste: a global id, an arXiv id, an address. */
  async find(id: string, argument: string, columns: PaperColumns = null): Promise<Paper | null> {
    const [paper] = await this.byExternalIds([paperExternalId(id, argument)], columns);
    return paper ?? null;
  }

  /** @throws NOT_FOUND. */
  async get(id: string, argument: string, columns: PaperColumns = null): Promise<Paper> {
    const paper = await this.find(id, argument, columns);
    if (!paper) throw notFound(`paper "${paperExternalId(id, argument)}"`, argument);
    return paper;
  }
}

/** @returns the id under which a paper is kept, from a global id or anything that people paste. */
export function paperExternalId(id: string, argument: string): string {
  const clean = cleanText(id, argument);
  const parsed = parseGlobalId(clean);
  return parsed?.type === "Paper" ? parsed.key : externalIdFrom(clean);
}

function toPaper(row: Paper): Paper {
  return Object.assign(new Paper(), row);
}
