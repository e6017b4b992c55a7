import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { COLUMNS, type ExportedPaper } from "./exported-paper.js";

type Schema = ConstructorParameters<typeof ParquetWriter>[0]["schema"];

/** Papers in a row group: encoding one holds up the process for some 50 ms, and is what an export keeps in memory. */
const ROW_GROUP = 2_000;

const STRING = { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } } as const;
const TIMESTAMP = { type: "INT64", converted_type: "TIMESTAMP_MILLIS" } as const;

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

/** Writes papers as Parquet: a row group is sent and forgotten as soon as it is full; only the index at the end grows. */
export async function* writeParquet(batches: AsyncIterable<ExportedPaper[]>): AsyncGenerator<Uint8Array> {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({ writer: bytes, schema: SCHEMA, createdBy: "papergraph" });
  let group: ExportedPaper[] = [];
  for await (const batch of batches) {
    group.push(...batch);
    if (group.length < ROW_GROUP) continue;
    writeGroup(writer, group);
    group = [];
    yield taken(bytes);
  }
  if (group.length) writeGroup(writer, group);
  await writer.finish();
  yield taken(bytes);
}

function writeGroup(writer: ParquetWriter, papers: ExportedPaper[]): void {
  void writer.write({
    rowGroupSize: papers.length,
    columnData: COLUMNS.map(({ name, of }) => ({ name, data: papers.map(of), offsetIndex: false })),
  });
}

/** What was written since the last time; `offset`, the place in the file, goes on. */
function taken(bytes: ByteWriter): Uint8Array {
  const chunk = bytes.getBytes().slice();
  bytes.index = 0;
  return chunk;
}
