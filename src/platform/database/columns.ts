import type { DataSource, EntityTarget } from "typeorm";
import { empty, join, raw, type Sql } from "sql-template-tag";

/**
 * A select list for one entity: its columns under its property names, from the alias `from`.
 * @param only the properties that are wanted; null is all.
 */
export type ColumnsOf = (
  entity: EntityTarget<object>,
  from: string,
  only?: ReadonlySet<string> | null,
) => Sql;

/** @returns the select lists of the entities, made once from what their decorators say. */
export function columnsOf(source: DataSource): ColumnsOf {
  const lists = new Map<string, Sql>();
  return (entity, from, only = null) => {
    const { name, columns } = source.getMetadata(entity);
    const wanted = only ? columns.filter(({ propertyName }) => only.has(propertyName)) : columns;
    const list = () =>
      join(
        wanted.map((column) => raw(`${from}.${column.databaseName} AS "${column.propertyName}"`)),
        ", ",
        "",
        "",
      );
    if (!wanted.length) return empty;
    if (only) return list();
    const key = `${name} ${from}`;
    const made = lists.get(key) ?? list();
    lists.set(key, made);
    return made;
  };
}
