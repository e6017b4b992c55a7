import { createInterface } from "node:readline/promises";
import { OperatorError } from "../shared/errors.js";

/** Asks before something is deleted. @throws OperatorError unless the person at the terminal says yes. */
export async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new OperatorError(`${question} Nothing was deleted: say --yes where no terminal can be asked.`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(`${question} [y/N] `).finally(() => {
    terminal.close();
  });
  if (!/^y(es)?$/i.test(answer.trim())) throw new OperatorError("Nothing was deleted.");
}
