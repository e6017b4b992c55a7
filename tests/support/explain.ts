import type { Database } from "../../src/platform/database/database.js";
import type { RecordedStatement } from "./record-statements.js";

/** A step of a plan that was run. */
export interface PlanNode {
  "Node Type": string;
  "Actual Loops": number;
  "Actual Rows": number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Join Filter"?: number;
  Plans?: PlanNode[];
}

/** Runs the statement again. @returns all steps of its plan. */
export async function explainedNodes(
  db: Database,
  { text, values }: Pick<RecordedStatement, "text" | "values">,
): Promise<PlanNode[]> {
  const plans: PlanNode[] = [];
  await db.connected(async (client) => {
    const { rows } = await client.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
      `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
      values,
    );
    plans.push(...rows.flatMap((row) => nodesOf(row["QUERY PLAN"][0].Plan)));
  });
  return plans;
}

function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** The rows that a step of the plan looked at, all its runs together. */
export function rowsLookedAt(node: PlanNode): number {
  const removed = (node["Rows Removed by Filter"] ?? 0) + (node["Rows Removed by Join Filter"] ?? 0);
  return (node["Actual Rows"] + removed) * node["Actual Loops"];
}
