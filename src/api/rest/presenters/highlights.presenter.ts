import type { Context } from "../../../context/request-context.js";
import type { Paper } from "../../../papers/paper.entity.js";
import type { CompiledSearch } from "../../../search/compile/compile-search.js";
import { highlightPapers, type Highlight } from "../../../search/highlights/highlights.js";
import type { Runs } from "../schemas/paper.schema.js";

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
  const found = search ? await highlightPapers(db, search.terms, asked, db.requestWork) : [];
  const all: HighlightedRuns[] = [];
  let next = 0;
  const runsOfNext = (text: string) => runsOf(text, found[next++]?.[0]);
  for (const { title, pieces } of texts) {
    const highlightedTitle = runsOfNext(title);
    all.push({ highlightedTitle, highlightedSummary: joined(pieces.flatMap(runsOfNext)) });
    await db.requestWork?.yieldIfDue();
  }
  return all;
}

const EMPTY = { title: "", abstract: null, authors: [], tags: [], organisations: [] };

/** @param highlight of the text, whose fragment is the text, maybe without white space at its ends. */
function runsOf(text: string, highlight: Highlight | undefined): Runs {
  if (!highlight) return textRun(text);
  const start = text.indexOf(highlight.fragment);
  const runs: Runs = [];
  let at = 0;
  for (const range of highlight.ranges) {
    const from = start + range.startUtf16;
    const to = start + range.endUtf16;
    runs.push(...textRun(text.slice(at, from)), { type: "highlight", text: text.slice(from, to) });
    at = to;
  }
  runs.push(...textRun(text.slice(at)));
  return runs;
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
