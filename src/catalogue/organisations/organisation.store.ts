import type { ColumnsOf } from "../../platform/database/columns.js";
import type { Database } from "../../platform/database/database.js";
import type { PageArgs } from "../../shared/pagination/connection.js";
import {
  findByName,
  nameList,
  type NameList,
  type NameListArgs,
  type NameTable,
} from "../named-entity.store.js";
import { Organisation } from "./organisation.entity.js";

const ORGANISATIONS: NameTable<Organisation> = {
  type: "Organisation",
  table: "organisations",
  slugColumn: "slug_key",
  slugOf: (text) => text.toLowerCase(),
  create: () => new Organisation(),
};

export class OrganisationStore {
  constructor(
    private readonly db: Database,
    private readonly columns: ColumnsOf,
  ) {}

  /** @throws BAD_USER_INPUT or BAD_CURSOR naming the argument. */
  list(args: NameListArgs & PageArgs): NameList<Organisation> {
    return nameList(this.db, ORGANISATIONS, this.columns(Organisation, "n"), args);
  }

  /** @param ids global ids or slugs. @returns the organisations in their order, null for a miss. */
  find(ids: readonly string[], argument: string): Promise<(Organisation | null)[]> {
    return findByName(this.db, ORGANISATIONS, this.columns(Organisation, "n"), ids, argument);
  }
}
