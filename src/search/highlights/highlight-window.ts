/** A matched word: UTF-16 offsets, end exclusive, and the number of the term that it matches. */
export interface Match {
  start: number;
  end: number;
  term: number;
}

export interface Window {
  start: number;
  end: number;
}

/**
 * Finds the piece of the text, at most `size` UTF-16 units on word boundaries, that shows the most terms; among those
 * the one with the most matches, then the first. One walk with two ends over the matches.
 * @param matches in order, one or more.
 */
export function bestWindow(text: string, matches: readonly Match[], size: number): Window {
  if (text.length <= size) return trimmed(text, { start: 0, end: text.length });
  const seen = new Map<number, number>();
  let best = { terms: 0, matches: 0, start: 0, end: 0 };
  let first = 0;
  for (const [last, { end, term }] of matches.entries()) {
    add(seen, term, 1);
    for (
      let head = matches[first];
      head && first < last && end - head.start > size;
      head = matches[++first]
    ) {
      add(seen, head.term, -1);
    }
    const found = { terms: seen.size, matches: last - first + 1, start: matches[first]?.start ?? 0, end };
    if (showsMore(found, best)) best = found;
  }
  return trimmed(text, widened(text, best, size));
}

function add(counts: Map<number, number>, term: number, by: number): void {
  const count = (counts.get(term) ?? 0) + by;
  if (count) counts.set(term, count);
  else counts.delete(term);
}

function showsMore(
  one: { terms: number; matches: number },
  other: { terms: number; matches: number },
): boolean {
  return one.terms > other.terms || (one.terms === other.terms && one.matches > other.matches);
}

/** Puts what room there is on both sides of the span, half of it on either where the text allows, cut between words. */
function widened(text: string, span: Window, size: number): Window {
  const room = Math.max(0, size - (span.end - span.start));
  const before = Math.max(room >> 1, room - (text.length - span.end));
  const start = wordStart(text, Math.max(0, span.start - before), span.start);
  const end = wordEnd(text, Math.min(text.length, start + size), span.end);
  return { start, end: Math.max(end, span.end) };
}

/** @returns the first place from `from` to `limit` behind white space; `limit` when there is none. */
function wordStart(text: string, from: number, limit: number): number {
  if (from === 0) return 0;
  for (let at = from; at < limit; at++) if (isSpace(text, at - 1)) return at;
  return limit;
}

/** @returns the last place from `limit` to `to` in front of white space; `limit` when there is none. */
function wordEnd(text: string, to: number, limit: number): number {
  if (to >= text.length) return text.length;
  for (let at = to; at > limit; at--) if (isSpace(text, at)) return at;
  return limit;
}

function trimmed(text: string, { start, end }: Window): Window {
  while (start < end && isSpace(text, start)) start++;
  while (end > start && isSpace(text, end - 1)) end--;
  return { start, end };
}

function isSpace(text: string, at: number): boolean {
  return /\s/u.test(text.charAt(at));
}
