import pg from "pg";
import { createApp } from "../../src/app.js";
import { createDataSource } from "../../src/platform/database/data-source.js";
import { FIRST_PAGE } from "./search-questions.js";

interface Statement {
  text: string;
  values: unknown[];
}

/** The statements of a search's first page with their plans, run in this process. */
export async function explain(url: string, variables: Record<string, unknown>): Promise<string> {
  const source = createDataSource({ url, poolSize: 1, queryTimeout: 120_000 });
  await source.initialize();
  const app = await createApp({ logLevel: "silent", graphiql: false, introspection: false }, source);
  try {
    const ask = () =>
      app.inject({ method: "POST", url: "/graphql", payload: { query: FIRST_PAGE, variables } });
    await ask();
    const statements = await recorded(ask);
    const plans: string[] = [];
    for (const { text, values } of statements) {
      const rows = await source.query<{ "QUERY PLAN": string }[]>(
        `EXPLAIN (ANALYZE, BUFFERS) ${text}`,
        values,
      );
      const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
      plans.push(`${text}\n${JSON.stringify(values)}\n\n${plan}`);
    }
    return plans.join("\n\n");
  } finally {
    await app.close();
    await source.destroy();
  }
}

/** What the driver is given to run meanwhile. */
async function recorded(work: () => Promise<unknown>): Promise<Statement[]> {
  const statements: Statement[] = [];
  const prototype = pg.Client.prototype as unknown as { query: (...given: unknown[]) => unknown };
  const original = prototype.query;
  prototype.query = function (this: unknown, ...given: unknown[]) {
    const [asked] = given as [{ text?: string; values?: unknown[] } | undefined];
    if (asked?.text?.startsWith("/*")) statements.push({ text: asked.text, values: asked.values ?? [] });
    return original.apply(this, given);
  };
  try {
    await work();
  } finally {
    prototype.query = original;
  }
  return statements;
}
