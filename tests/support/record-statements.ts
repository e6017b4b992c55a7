import pg from "pg";

export interface RecordedStatement {
  label: string;
  text: string;
  values: unknown[];
  prepared: boolean;
}

/** @returns our statements, with their values, that the driver was given while `work` ran; each text once. */
export async function recordStatements(work: () => Promise<unknown>): Promise<RecordedStatement[]> {
  const statements = new Map<string, RecordedStatement>();
  const prototype = pg.Client.prototype as unknown as { query: (...given: unknown[]) => unknown };
  const { query } = prototype;
  prototype.query = function (this: unknown, ...given: unknown[]) {
    const {
      text = "",
      values = [],
      name,
    } = (given[0] ?? {}) as { text?: string; values?: unknown[]; name?: string };
    const label = /^\/\* (\S+) \*\//.exec(text)?.[1];
    if (label) statements.set(text, { label, text, values, prepared: name !== undefined });
    return query.apply(this, given);
  };
  try {
    await work();
  } finally {
    prototype.query = query;
  }
  return [...statements.values()];
}
