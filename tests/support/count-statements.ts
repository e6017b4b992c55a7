import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { StatementEvent } from "../../src/platform/database/database.js";

/** @returns the labels of all SQL statements that ran while `work` did, in the order in which they ended. */
export async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const labels: string[] = [];
  const listen = (event: unknown) => {
    labels.push((event as StatementEvent).label);
  };
  subscribe("papergraph:statement", listen);
  try {
    await work();
  } finally {
    unsubscribe("papergraph:statement", listen);
  }
  return labels;
}
