import { median } from "./metrics.js";
import type { Loaded } from "./load.js";
import { milliseconds, table } from "./table.js";

export interface Figures extends Loaded {
  question: string;
  server: string;
}

const REFERENCE = "Mercurius";

/** A line for each question and server: medians of the rounds, and the ratio to the reference. */
export function httpTable(figures: readonly Figures[]): string {
  const of = (question: string, server: string, figure: keyof Loaded) =>
    median(
      figures.filter((row) => row.question === question && row.server === server).map((row) => row[figure]),
    );
  const names = (key: "question" | "server") => [...new Set(figures.map((row) => row[key]))];
  const lines = names("question").flatMap((question) =>
    names("server").map((server) => {
      const perSecond = of(question, server, "perSecond");
      return [
        `${question}, ${server}`,
        perSecond.toFixed(0),
        `${(perSecond / of(question, REFERENCE, "perSecond")).toFixed(2)} ×`,
        milliseconds(of(question, server, "p50")),
        milliseconds(of(question, server, "p99")),
        String(of(question, server, "failed")),
      ];
    }),
  );
  return table(["", "requests/s", "to Mercurius", "p50 ms", "p99 ms", "failed"], lines);
}
