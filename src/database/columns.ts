import type { DataSource, EntityTarget } from "typeorm";
import { empty, join, raw, type Sql } from "sql-template-tag";

/** A select list for one entity: its columns under its property names, from the alias `from`. */
export type ColumnsOf = (entity: EntityTarget<object>, from: string) => Sql;

/** @returns the select lists of the entities, made once from what their decorators say. */
export function columnsOf(source: DataSource): ColumnsOf {
  const lists = new Map<string, Sql>();
  return (entity, from) => {
    const { name, columns } = source.getMetadata(entity);
    const key = `${name} ${from}`;
    const list =
      lists.get(key) ??
      join(
        columns.map((column) => raw(`${from}.${column.databaseName} AS "${column.propertyName}"`)),
        ", ",
        "",
        "",
      );
    lists.set(key, list);
    return columns.length ? list : empty;
  };
}
