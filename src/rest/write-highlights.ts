import type { Context } from "../context.js";
import type { Paper } from "../papers/paper.entity.js";
import type { CompiledSearch } from "../search/compile-search.js";
import { highlightPapers } from "../search/highlights/highlights.js";
import type { Runs } from "./schemas/paper.schema.js";

/** Highlights of an abstract show a window of it; pieces of this length are shown whole. */
const PIECE = 200;

interface HighlightedRuns {
  highlightedTitle: Runs;
  highlightedSummary: Runs;
}

/**
 * Marks what was found in titles and abstracts, which Hugging Face gives whole, as runs of text. A phrase that goes
 * over the end of a piece is not marked; pieces end with sentences where they can.
 */
export async function highlightRuns(
  { db }: Context,
  search: CompiledSearch | null,
  papers: readonly Paper[],
): Promise<HighlightedRuns[]> {
  const texts = papers.map(({ title, abstract }) => ({ title, pieces: piecesOf(abstract ?? "") }));
  const asked = texts.flatMap(({ title, pieces }) => [
    { ...EMPTY, title },
    ...pieces.map((abstract) => ({ ...EMPTY, abstract })),
  ]);
  const found = search ? await highlightPapers(db, search.terms, asked, db.requestWork) : asked.map(() => []);
  const runs = found.map((highlights, index) => {
    const text = asked[index]?.title || (asked[index]?.abstract ?? "");
    return highlights[0] ? runsOf(text, highlights[0]) : textRun(text);
  });
  return texts.map(({ pieces }) => {
    const [highlightedTitle = [], ...rest] = runs.splice(0, pieces.length + 1);
    return { highlightedTitle, highlightedSummary: joined(rest.flat()) };
  });
}

const EMPTY = { title: "", abstract: null, authors: [], tags: [], organisations: [] };

/** @param fragment the text, maybe without white space at its ends; ranges count its code points. */
function runsOf(
  text: string,
  { fragment, ranges }: { fragment: string; ranges: { start: number; end: number }[] },
): Runs {
  const start = text.indexOf(fragment);
  const points = Array.from(fragment);
  const runs: Runs = [...textRun(text.slice(0, start))];
  let at = 0;
  for (const range of ranges) {
    runs.push(...textRun(points.slice(at, range.start).join("")));
    runs.push({ type: "highlight", text: points.slice(range.start, range.end).join("") });
    at = range.end;
  }
  runs.push(...textRun(points.slice(at).join("") + text.slice(start + fragment.length)));
  return joined(runs);
}

function textRun(text: string): Runs {
  return text ? [{ type: "text", text }] : [];
}

/** Puts neighbours of text together. */
function joined(runs: Runs): Runs {
  const all: Runs = [];
  for (const run of runs) {
    const last = all.at(-1);
    if (last?.type === "text" && run.type === "text") last.text += run.text;
    else all.push({ ...run });
  }
  return all;
}

/** Cuts behind the last sentence, else the last word, that fits; joined, the pieces are the text. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let rest = text; rest; rest = rest.slice(pieces.at(-1)?.length)) {
    const fitting = rest.slice(0, PIECE);
    const cut =
      rest.length <= PIECE ? null : (/^[\s\S]*[.;:!?]\s/.exec(fitting) ?? /^[\s\S]*\s/.exec(fitting));
    pieces.push(cut ? cut[0] : fitting);
  }
  return pieces;
}
