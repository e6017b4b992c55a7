import "reflect-metadata";
import { createDataSource, databaseOf } from "../../src/platform/database/data-source.js";
import { importFiles } from "../../src/import/import-papers.js";

/** A process that imports a file into a database in small batches, and may be killed. */
const [url = "", file = "", batchSize] = process.argv.slice(2);
const source = createDataSource({ url, poolSize: 1, queryTimeout: 5_000 });
await source.initialize();
process.stdout.write("importing\n");
await importFiles(databaseOf(source), [file], { batchSize: Number(batchSize) });
await source.destroy();
