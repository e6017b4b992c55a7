import "reflect-metadata";
import pg from "pg";
import { createApp } from "./src/app.js";
import { createDataSource } from "./src/database/data-source.js";
import { SIDEBAR, WHOLE_CORPUS } from "./bench/support/analytics-questions.js";
// prints CPU seconds of each analytics statement; args: url what search... ; env PRE, N
const [,, url, what, ...searches] = process.argv;
const source = createDataSource({ url: url!, poolSize: 2, queryTimeout: 120_000 });
await source.initialize();
const app = await createApp({ logLevel: "silent", graphiql: false, introspection: false }, source);
const query = what === "sidebar" ? SIDEBAR : WHOLE_CORPUS.find(({label}) => label === what)?.query ?? what;
let seen: any[] = [];
const proto = pg.Client.prototype as any; const orig = proto.query;
proto.query = function (...a: any[]) { if (a[0]?.text?.startsWith("/*")) seen.push(a[0]); return orig.apply(this, a); };
const client = new pg.Client({ connectionString: url, options: "-c jit=off -c timezone=UTC -c max_parallel_workers_per_gather=0 -c seq_page_cost=0.1 -c random_page_cost=0.12" });
await client.connect();
let cpu = ""; client.on("notice", (n: any) => { cpu = /([\d.]+) s user, ([\d.]+) s system/.exec((n.detail ?? "") + n.message)?.slice(1).join("+") ?? cpu; });
await orig.call(client, "SET log_statement_stats=on; SET client_min_messages=log; SET work_mem='64MB';" + (process.env.PRE ?? ""));
for (const search of searches.length ? searches : [""]) {
  seen = [];
  await app.inject({ method: "POST", url: "/graphql", payload: { query, variables: { search } } });
  for (const { text, values } of seen) {
    if (!text.includes("analytics.answers")) continue;
    for (let i = 0; i < Number(process.env.N ?? 2); i++) {
      const t = performance.now(); await orig.call(client, { text, values });
      console.log(search, "wall", (performance.now() - t).toFixed(0), "cpu", cpu);
    }
  }
}
await client.end(); await app.close(); await source.destroy();
