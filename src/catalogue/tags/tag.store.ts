import sql from "sql-template-tag";
import type { ColumnsOf } from "../../platform/database/columns.js";
import type { Database } from "../../platform/database/database.js";
import { rowsOf } from "../../shared/group-by-key.js";
import type { PageArgs } from "../../shared/pagination/connection.js";
import {
  findByName,
  nameList,
  type NameList,
  type NameListArgs,
  type NameTable,
} from "../named-entity.store.js";
import { tagSlug } from "./tag-slug.js";
import { Tag } from "./tag.entity.js";

const TAGS: NameTable<Tag> = {
  type: "Tag",
  table: "tags",
  slugColumn: "slug",
  slugOf: tagSlug,
  create: () => new Tag(),
};

/** Of a tag that very many papers have, so many of the latest tell what it goes with. */
const RELATED_SAMPLE = 5_000;

export class TagStore {
  constructor(
    private readonly db: Database,
    private readonly columns: ColumnsOf,
  ) {}

  /** @throws BAD_USER_INPUT or BAD_CURSOR naming the argument. */
  list(args: NameListArgs & PageArgs): NameList<Tag> {
    return nameList(this.db, TAGS, this.columns(Tag, "n"), args);
  }

  /** @param ids global ids, slugs or names. @returns the tags in their order, null for a miss. */
  find(ids: readonly string[], argument: string): Promise<(Tag | null)[]> {
    return findByName(this.db, TAGS, this.columns(Tag, "n"), ids, argument);
  }

  /**
   * Tags that stand on the same papers more often than chance: by the cosine of the two sets of papers,
   * together / sqrt(papers of one × papers of the other), among tags that share two papers at least, or one when the
   * tag itself has few. Computed over the latest RELATED_SAMPLE papers of the tag.
   */
  async related(tagKeys: readonly number[], first: number): Promise<Tag[][]> {
    const rows = await this.db.query<Tag & { origin: number }>(
      "tags.related",
      sql`SELECT origin.id AS origin, near.*
          FROM tags origin CROSS JOIN LATERAL (
            SELECT ${this.columns(Tag, "n")}
            FROM (
              SELECT other.id AS tag_id, count(*) AS together
              FROM (SELECT s.tag_ids FROM paper_search s WHERE s.tag_ids @> ARRAY[origin.id]
                    ORDER BY s.paper_id DESC LIMIT ${RELATED_SAMPLE}) shared
                CROSS JOIN unnest(shared.tag_ids) AS other(id)
              WHERE other.id <> origin.id
              GROUP BY other.id
              HAVING count(*) >= least(2, (origin.paper_count + 9) / 10)
            ) pair JOIN tags n ON n.id = pair.tag_id
            ORDER BY pair.together / sqrt(n.paper_count::double precision) DESC, n.id LIMIT ${first}
          ) near
          WHERE origin.id = ANY(${tagKeys})`,
    );
    return rowsOf(tagKeys, rows, (row) => row.origin).map((related) =>
      related.map((row) => Object.assign(new Tag(), row)),
    );
  }
}
