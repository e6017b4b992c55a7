import sql, { join, raw, type Sql } from "sql-template-tag";
import { ArgsType, Field, InputType, Int, ObjectType } from "type-graphql";
import { badInput } from "../../shared/errors.js";
import type { PaperConnection } from "../../papers/list/paper-connection.js";
import {
  readPageArgs,
  toPage,
  type KeysetRow,
  type Page,
  type PageRequest,
} from "../../shared/pagination/connection.js";
import { fingerprint } from "../../shared/pagination/cursor.js";
import {
  keysetKeys,
  keysetOrder,
  keysetSelect,
  type SortKey,
  type Slice,
} from "../../shared/pagination/keyset.js";
import { inIntRange, IntRange } from "../../shared/ranges.js";
import type { AnalyticsLoaders } from "../analytics.loaders.js";
import { candidatesSql, hasFew } from "../group-candidates.js";
import { groupCounts, type GroupCounts } from "./group-counts.js";
import { DEFAULT_GROUP_ORDER, GroupOrder, groupSortKeys, needsUpvotes } from "./group-order.js";
import { membersSql, PaperDimension } from "../dimensions.js";
import {
  PaperStats,
  statsColumns,
  statsOf,
  statsSql,
  type StatsPart,
  type StatsRow,
} from "../stats/paper-stats.js";

const DEFAULT_GROUPS = 50;
const MAX_DIMENSIONS = 3;

@InputType({ description: "A filter of groups. All given conditions must match." })
export class GroupHaving {
  @Field(() => IntRange, { nullable: true, description: "By the number of papers." })
  count?: IntRange | null;
}

@ArgsType()
export class PaperGroupsArgs {
  @Field(() => [PaperDimension], {
    description: "The dimensions to group by: one to three, each once.",
  })
  by: PaperDimension[];

  @Field(() => GroupHaving, { nullable: true, description: "Only groups that match this filter." })
  having?: GroupHaving | null;

  @Field(() => GroupOrder, {
    nullable: true,
    description: "The order. Default: the groups with the most papers first.",
  })
  orderBy?: GroupOrder | null;

  @Field(() => Int, {
    nullable: true,
    defaultValue: DEFAULT_GROUPS,
    description: "The first items, 1 to 100.",
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Only items after this cursor." })
  after?: string | null;
}

@ObjectType({ description: "Papers that share a value in each of the dimensions." })
export class PaperGroup {
  @Field(() => [String], {
    description:
      "The values, one for each dimension, in their order: a slug, a name, `2025`, `2025-05`, `true`.",
  })
  keys: string[];

  @Field(() => PaperStats, { description: "Statistics over the group's papers." })
  stats: PaperStats;
}

@ObjectType({ description: "A group in a list." })
export class PaperGroupEdge {
  @Field(() => String, { description: "The cursor of this item, for `after`." })
  cursor: string;

  @Field(() => PaperGroup, { description: "The group." })
  node: PaperGroup;
}

/** Groups of a list's papers and the page asked of them; its fields read it when they are selected. */
@ObjectType({ description: "A page of groups of papers." })
export class PaperGroupConnection {
  constructor(
    readonly page: () => Promise<Page<PaperGroupEdge>>,
    readonly count: () => Promise<number>,
  ) {}
}

type GroupRow = KeysetRow & StatsRow & { place: number; keys: string[] };

/**
 * @param parts of the groups' stats, which are to be computed; the others are as without papers.
 * @throws BAD_USER_INPUT or BAD_CURSOR naming the argument.
 */
export function paperGroups(
  analytics: AnalyticsLoaders,
  connection: PaperConnection,
  args: PaperGroupsArgs & Pick<PageRequest, "largest">,
  parts: readonly StatsPart[],
): PaperGroupConnection {
  const { by, having, orderBy } = args;
  checkDimensions(by);
  const groups = groupCounts(by, { upvotes: needsUpvotes(orderBy) });
  const kept = inIntRange(sql`g.count`, having?.count ?? {}, "having.count");
  const keys = groupSortKeys(groups, orderBy);
  const { gte = null, lte = null } = having?.count ?? {};
  const order = orderBy ?? DEFAULT_GROUP_ORDER;
  const identity = fingerprint([
    "groups",
    connection.list.fingerprint,
    by,
    [gte, lte],
    [order.by, order.direction],
  ]);
  const { first, after, largest } = args;
  const slice = readPageArgs({ first: first ?? DEFAULT_GROUPS, after, largest }, identity, keys);
  const { columns, table } = groups;
  return new PaperGroupConnection(
    async () => {
      const rows = await analytics.ask<GroupRow>(connection, {
        key: `groups page ${identity} ${JSON.stringify(slice)} ${parts.join(" ")}`,
        columns: [...columns, ...statsColumns(parts)],
        ...pageSql(by, groups, kept, keys, slice, parts),
      });
      rows.sort((one, other) => one.place - other.place);
      return toPage(rows, slice, identity, keys.length, (row, cursorOf) => ({
        get cursor() {
          return cursorOf();
        },
        node: { keys: row.keys, stats: statsOf(row) },
      }));
    },
    async () => {
      const [row] = await analytics.ask<{ count: number }>(connection, {
        key: `groups count ${identity}`,
        columns,
        tables: [table],
        rows: sql`SELECT g.parent, count(*) AS count FROM ${groups.name} g WHERE ${kept} GROUP BY g.parent`,
      });
      return row?.count ?? 0;
    },
  );
}

function checkDimensions(by: readonly PaperDimension[]): void {
  if (by.length < 1 || by.length > MAX_DIMENSIONS)
    throw badInput("by", `takes one to ${MAX_DIMENSIONS} dimensions.`);
  for (const [index, dimension] of by.entries())
    if (by.indexOf(dimension) < index)
      throw badInput(`by[${index}]`, `takes each dimension once; ${dimension} is there twice.`);
}

/**
 * The page is cut out of the groups first, so that only its groups' papers are looked at for what `parts` ask. Nothing
 * here leaves the planner a choice whose cost is that of all papers or groups times the page: it guesses a page of one
 * row, for which it would walk all names in their order, and aggregate anew for each row. So each step is written down
 * (MATERIALIZED, OFFSET 0), and papers are looked up in hashed sets of the page's groups (membersSql).
 */
function pageSql(
  by: readonly PaperDimension[],
  groups: GroupCounts,
  kept: Sql,
  keys: readonly SortKey[],
  slice: Slice,
  parts: readonly StatsPart[],
) {
  const cut = (joins: Sql) => cutSql(groups, joins, keys, slice);
  const page = sql`WITH ${candidatesSql(groups, kept, keys, slice)},
    sized AS MATERIALIZED (SELECT parents.parent, ${hasFew(sql`candidates g WHERE true`)} AS has_few FROM parents),
    page AS MATERIALIZED (
      SELECT sized.parent, cut.*, row_number() OVER (PARTITION BY sized.parent ORDER BY ${keysetOrder(keys, false)}) AS place
      FROM sized CROSS JOIN LATERAL (
        SELECT * FROM (${cut(groups.names)}) few WHERE sized.has_few
        UNION ALL
        SELECT * FROM (${cut(groups.allNames)}) many WHERE NOT sized.has_few
      ) cut)`;
  const plain = sql`page.parent, page.place, page.keys, page.count, ${keysetKeys(keys, "page")}`;
  if (!statsColumns(parts).length)
    return { tables: [groups.table], rows: sql`${page} SELECT ${plain} FROM page` };
  const figures = raw(
    parts
      .filter((part) => part !== "count")
      .map((part) => `stats."${part}"`)
      .join(", "),
  );
  const group = ["parent", ...groups.values.map((_, index) => `v${index + 1}`)];
  return {
    tables: [groups.table],
    rows: sql`${page}, members AS (${membersSql(by, sql`page`)}),
        stats AS MATERIALIZED (${statsSql(sql`members`, group, parts)})
      SELECT ${plain}, ${figures} FROM page FULL JOIN stats USING (${raw(group.join(", "))})`,
  };
}

/**
 * @param joins the groups' `names` or `allNames`.
 * @returns a SELECT of the page of one parent, that of the row of `sized`.
 */
function cutSql(groups: GroupCounts, joins: Sql, keys: readonly SortKey[], slice: Slice): Sql {
  const texts = groups.keys.map((key, index) => sql`${key} AS ${raw(`name_${index + 1}`)}`);
  const named = sql`SELECT g.*, ${join(texts)}
    FROM (SELECT * FROM candidates g WHERE g.parent = sized.parent) g${joins} OFFSET 0`;
  const names = texts.map((_, index) => `g.name_${index + 1}`);
  const values = texts.map((_, index) => `g.v${index + 1}`);
  const columns = raw(`g.count, ARRAY[${names.join(", ")}] AS keys, ${values.join(", ")}`);
  // What a full join gives of one side alone is no group.
  const where = raw(["g.parent", ...names].map((name) => `${name} IS NOT NULL`).join(" AND "));
  const sortKeys = keys.map((key) => overNames(key, groups));
  return keysetSelect({ columns, from: sql`(${named}) g`, where, keys: sortKeys }, slice);
}

/** @returns the key over the names that are looked up already, where it is one. */
function overNames(key: SortKey, { keys }: GroupCounts): SortKey {
  const place = keys.indexOf(key.expression);
  return place < 0 ? key : { ...key, expression: raw(`g.name_${place + 1}`) };
}
