import { median } from "./metrics.js";
import type { ApiServer } from "./server.js";

/** Something to ask and to time. */
export interface Question {
  family: string;
  /** How reports call it. */
  label: string;
  query: string;
  variables: Record<string, unknown>;
}

export interface Timed {
  family: string;
  label: string;
  /** The median of the runs. */
  milliseconds: number;
  runs: number[];
  /** Why it failed, when it did. */
  failure: string | null;
}

/** What takes longer in the warm-up is asked once more, not several times. */
const SLOW = 300;

/**
 * Asks all questions once to warm up, then `repeat` times: all of them in each turn, so that none is answered right
 * after itself.
 */
export async function measure(
  api: ApiServer,
  questions: readonly Question[],
  repeat: number,
): Promise<Timed[]> {
  const warm = await turn(api, questions);
  const runs = questions.map(() => [] as number[]);
  const failures = warm.map(({ failure }) => failure);
  for (let round = 0; round < repeat; round++) {
    const asked = questions.map((_, index) => round === 0 || (warm[index]?.milliseconds ?? 0) < SLOW);
    const chosen = questions.filter((_, index) => asked[index]);
    const answers = (await turn(api, chosen))[Symbol.iterator]();
    for (const index of questions.keys()) {
      if (!asked[index]) continue;
      const answer = answers.next().value;
      if (!answer) continue;
      runs[index]?.push(answer.milliseconds);
      failures[index] ??= answer.failure;
    }
  }
  return questions.map(({ family, label }, index) => ({
    family,
    label,
    milliseconds: median(runs[index] ?? []),
    runs: runs[index] ?? [],
    failure: failures[index] ?? null,
  }));
}

interface Asked {
  milliseconds: number;
  failure: string | null;
}

async function turn(api: ApiServer, questions: readonly Question[]): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (const { query, variables } of questions) {
    const { answer, milliseconds } = await api.ask(query, variables);
    const [error] = answer.errors ?? [];
    asked.push({ milliseconds, failure: error ? (error.extensions?.code ?? error.message) : null });
  }
  return asked;
}

/** The same for a reference that is not asked over HTTP. */
export async function measureReference(
  run: (repeat: number) => Promise<number[]>,
  repeat: number,
): Promise<number> {
  const [first = NaN] = await run(1);
  return first > SLOW ? Math.min(first, ...(await run(1))) : median(await run(repeat));
}
