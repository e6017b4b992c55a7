import "reflect-metadata";
import pg from "pg";
import { createApp } from "./src/app.js";
import { createDataSource } from "./src/database/data-source.js";
import { SIDEBAR, WHOLE_CORPUS } from "./bench/support/analytics-questions.js";
const [,, url, what, search, pre=""] = process.argv;
const source = createDataSource({ url: url!, poolSize: 1, queryTimeout: 120_000 });
await source.initialize();
const app = await createApp({ logLevel: "silent", graphiql: false, introspection: false }, source);
const query = what === "sidebar" ? SIDEBAR : WHOLE_CORPUS.find(({label}) => label.startsWith(what!))?.query ?? what;
const seen: any[] = [];
const proto = pg.Client.prototype as any; const orig = proto.query;
proto.query = function (...a: any[]) { if (a[0]?.text?.startsWith("/*")) seen.push(a[0]); return orig.apply(this, a); };
const t0 = performance.now();
await app.inject({ method: "POST", url: "/graphql", payload: { query, variables: { search } } });
console.log("total ms", performance.now() - t0);
proto.query = orig;
for (const { text, values } of seen) {
  if (!text.includes("analytics.answers")) { const t = performance.now(); await source.query(text, values); console.log(text.slice(0, 60), performance.now() - t); continue; }
  await source.query("BEGIN"); await source.query(`SET LOCAL work_mem='64MB'; ${pre}`);
  const rows = await source.query(`EXPLAIN (ANALYZE, BUFFERS) ${text}`, values);
  console.log(text.slice(0, 3000)); console.log(rows.map((r: any) => r["QUERY PLAN"]).join("\n"));
  await source.query("COMMIT");
}
await app.close(); await source.destroy();
