import type { Database } from "../platform/database/database.js";
import { OperatorError } from "../shared/errors.js";
import { checkDatabase, type Finding } from "../integrity/check-database.js";

export interface CheckCommandOptions {
  fix?: boolean;
  json?: boolean;
}

/** @returns whether all is well by now. */
export async function runCheck(
  db: Database,
  { fix = false, json = false }: CheckCommandOptions,
  print: (text: string) => void,
  note: (text: string) => void,
): Promise<boolean> {
  const stopping = new AbortController();
  const stop = () => {
    stopping.abort(new OperatorError("The check was stopped. What it repaired stays.", 130));
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    const findings = await checkDatabase(db, { fix, progress: note, signal: stopping.signal });
    const isWell = findings.every(({ wrong, repaired }) => wrong === repaired);
    if (json) print(JSON.stringify({ ok: isWell, checks: findings }));
    else print(reportOf(findings, fix));
    return isWell;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

function reportOf(findings: readonly Finding[], fix: boolean): string {
  const wrong = findings.filter((finding) => finding.wrong > 0);
  if (!wrong.length) return `All is well: ${findings.length} checks.`;
  const lines = wrong.map(({ name, about, wrong: count, repaired, examples }) => {
    const outcome = repaired ? ` (${repaired} repaired)` : "";
    return `${name}: ${count} wrong${outcome}. ${about}\n  ${examples.join("\n  ")}`;
  });
  const isOpen = wrong.some((finding) => finding.repaired < finding.wrong);
  return [...lines, ...(isOpen && !fix ? ["Repair with: papergraph check --fix"] : [])].join("\n");
}
