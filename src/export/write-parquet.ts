import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { writeColumn } from "hyparquet-writer/src/column.js";
import { encodeNestedValues } from "hyparquet-writer/src/dremel.js";
import { schemaPathResolver } from "hyparquet-writer/src/schema.js";
import { COLUMNS, type Column, type ExportedPaper } from "./exported-paper.js";
import type { Pause } from "./pause.js";

type Schema = ConstructorParameters<typeof ParquetWriter>[0]["schema"];
type SchemaElement = Schema[number];
type SchemaTree = ReturnType<ReturnType<typeof schemaPathResolver>>[number];
type RowGroup = ParquetWriter["row_groups"][number];

/** Papers in a row group, and characters of their titles and abstracts: what an export keeps in memory. */
const ROW_GROUP = 1_000;
const ROW_GROUP_CHARACTERS = 2_000_000;
/** Bytes of a page of a column, before compression. */
const PAGE_SIZE = 1_048_576;

const STRING = { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } } as const;
/** A moment, so that readers do not take it for the local time of their own zone. */
const TIMESTAMP = {
  type: "INT64",
  converted_type: "TIMESTAMP_MILLIS",
  logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
} as const;

const SCHEMA: Schema = [
  { name: "papers", num_children: COLUMNS.length },
  ...COLUMNS.flatMap(({ name, type, required }): Schema => {
    const repetition_type = required ? "REQUIRED" : "OPTIONAL";
    switch (type) {
      case "text":
        return [{ name, repetition_type, ...STRING }];
      case "integer":
        return [{ name, repetition_type, type: "INT32" }];
      case "timestamp":
        return [{ name, repetition_type, ...TIMESTAMP }];
      case "list":
        return [
          { name, repetition_type, num_children: 1, converted_type: "LIST" },
          { name: "list", repetition_type: "REPEATED", num_children: 1 },
          { name: "element", repetition_type: "REQUIRED", ...STRING },
        ];
    }
  }),
];

/** Where texts and lists begin and end says nothing to readers, and would make up most of the index. */
const hasStatistics = ({ name, type }: Column): boolean => name === "id" || !["text", "list"].includes(type);

/**
 * Writes papers as Parquet: a row group is sent and forgotten as soon as it is full; only the index at the end grows.
 * @param pause is awaited between columns, which are encoded without a break.
 */
export async function* writeParquet(
  batches: AsyncIterable<ExportedPaper[]>,
  pause: Pause,
): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: SCHEMA, createdBy: "papergraph" });
  let group: ExportedPaper[] = [];
  let characters = 0;
  for await (const batch of batches) {
    group.push(...batch);
    for (const { paper } of batch) characters += (paper.abstract?.length ?? 0) + paper.title.length;
    if (group.length < ROW_GROUP && characters < ROW_GROUP_CHARACTERS) continue;
    await writeGroup(writer, bytes, group, pause);
    group = [];
    characters = 0;
    yield taken(bytes);
  }
  if (group.length) await writeGroup(writer, bytes, group, pause);
  await writer.finish();
  yield taken(bytes);
}

/**
 * Writes a row group as ParquetWriter.write does, but column by column with pauses in between.
 */
async function writeGroup(
  writer: ParquetWriter,
  bytes: ByteWriter,
  papers: readonly ExportedPaper[],
  pause: Pause,
): Promise<void> {
  const start = bytes.offset;
  const pathOf = schemaPathResolver(SCHEMA);
  const columns: RowGroup["columns"] = [];
  for (const column of COLUMNS) {
    const leaf = leafOf(pathOf([column.name]));
    const schemaPath = leaf.map(({ element }) => element);
    const { chunk } = writeColumn({
      writer: bytes,
      column: {
        columnName: schemaPath
          .slice(1)
          .map(({ name }) => name)
          .join("."),
        element: schemaPath[schemaPath.length - 1] as SchemaElement,
        schemaPath,
        codec: "SNAPPY",
        compressors: writer.compressors,
        stats: hasStatistics(column),
        pageSize: PAGE_SIZE,
        columnIndex: false,
        offsetIndex: false,
      },
      pageData: encodeNestedValues(leaf, papers.map(column.of)),
    });
    columns.push(chunk);
    await pause();
  }
  writer.num_rows += BigInt(papers.length);
  writer.row_groups.push({
    columns,
    num_rows: BigInt(papers.length),
    total_byte_size: columns.reduce(
      (sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n),
      0n,
    ),
    total_compressed_size: BigInt(bytes.offset - start),
  });
}

/** @returns the path on to what holds the values: of a list its elements. */
function leafOf(path: SchemaTree[]): SchemaTree[] {
  const child = path.at(-1)?.children[0];
  return child ? leafOf([...path, child]) : path;
}

/** What was written since the last time; `offset`, the place in the file, goes on. */
function taken(bytes: ByteWriter): Uint8Array {
  const chunk = bytes.getBytes().slice();
  bytes.index = 0;
  return chunk;
}
