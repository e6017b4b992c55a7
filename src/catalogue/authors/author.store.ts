import sql from "sql-template-tag";
import type { ColumnsOf } from "../../platform/database/columns.js";
import type { Database } from "../../platform/database/database.js";
import { inOrderOf } from "../../shared/group-by-key.js";
import type { PageArgs } from "../../shared/pagination/connection.js";
import {
  findByName,
  nameList,
  type NameList,
  type NameListArgs,
  type NameTable,
} from "../named-entity.store.js";
import { paddedName } from "../../search/compile/resolve-names.js";
import { Author } from "./author.entity.js";
import { authorNameOfSlug } from "./author-slug.js";

const AUTHORS: NameTable<Author> = {
  type: "Author",
  table: "authors",
  slugColumn: "name",
  slugOf: authorNameOfSlug,
  indexedWords: paddedName,
  create: () => new Author(),
};

export class AuthorStore {
  constructor(
    private readonly db: Database,
    private readonly columns: ColumnsOf,
  ) {}

  /** @throws BAD_USER_INPUT or BAD_CURSOR naming the argument. */
  list(args: NameListArgs & PageArgs): NameList<Author> {
    return nameList(this.db, AUTHORS, this.columns(Author, "n"), args);
  }

  /** @param ids global ids or slugs. @returns the authors in their order, null for a miss. */
  find(ids: readonly string[], argument: string): Promise<(Author | null)[]> {
    return findByName(this.db, AUTHORS, this.columns(Author, "n"), ids, argument);
  }

  /** @returns how many papers the authors with these numbers have, in their order. */
  async paperCounts(keys: readonly number[]): Promise<number[]> {
    const rows = await this.db.query<{ key: number; count: number }>(
      "authors.paperCounts",
      sql`SELECT id AS key, paper_count AS count FROM authors WHERE id = ANY(${keys})`,
      { prepared: "label" },
    );
    return inOrderOf(keys, rows, (row) => row.key).map((row) => row?.count ?? 0);
  }
}
