import { createHash } from "node:crypto";
import { createContext, Script } from "node:vm";
import { LRUCache } from "lru-cache";
import MarkdownIt from "markdown-it";

/** HTML in the text is shown as text, and links to scripts are no links: these are markdown-it's defaults. */
const markdown = new MarkdownIt({ linkify: true, breaks: true });

/** Characters that are rendered without a limit of time: even the worst of such texts takes a few milliseconds. */
const ALWAYS_QUICK = 2_000;

/**
 * Milliseconds that a longer text, or one with a table, may take. An ordinary one takes less than one; markdown-it, like
 * every other parser that was measured, needs quadratic time for some texts, so time is what has to be limited.
 */
const TIME_LIMIT = 30;

/** Texts of one answer that may run out of time; those that come after them are not tried. */
const MAX_TIMEOUTS = 10;

/** A short text with a link definition that is used often would become megabytes. */
const MAX_EXPANSION = 10;

/** Of the rendered texts that are kept; characters of JavaScript take two bytes at most. */
const CACHE_BYTES = 8 * 1024 * 1024;

/** An entry's key, its object and its place in the cache, about. */
const ENTRY_BYTES = 300;

/** An ordinary text that runs out of time, because the machine is busy with something else, is tried again when it is next read. */
const MAX_ATTEMPTS = 3;

interface Rendered {
  /** Null where the text is shown as it was written. */
  html: string | null;
  attempts: number;
}

const cache = new LRUCache<string, Rendered>({
  maxSize: CACHE_BYTES,
  sizeCalculation: ({ html }) => ENTRY_BYTES + 2 * (html?.length ?? 0),
});

/** Only code that a script runs can be ended after a time, so the renderer is called by one. */
const sandbox = createContext({ text: "", render: (text: string) => markdown.render(text) });
const renderText = new Script("render(text)");

// The first rendering compiles regular expressions and takes many times as long as those that follow.
markdown.render(
  "A *comment* with `code`, https://example.org and a [link].\n\n- 1\n\n> 2\n\n[link]: https://example.org",
);

/** What the comments of one answer have cost so far. */
export interface RenderingEffort {
  timeouts: number;
}

/**
 * @returns the Markdown as HTML without scripts; as plain text in HTML when rendering takes too long or becomes too large.
 * Each text is rendered once, as long as it stays in the cache.
 */
export function commentHtml(text: string, effort: RenderingEffort = { timeouts: 0 }): string {
  const key = createHash("sha256").update(text).digest("base64");
  const known = cache.get(key) ?? { html: null, attempts: 0 };
  const isTried = known.html === null && known.attempts < MAX_ATTEMPTS && effort.timeouts < MAX_TIMEOUTS;
  if (!isTried) return known.html ?? plainHtml(text);
  const html = rendered(text);
  if (html === null) effort.timeouts++;
  cache.set(key, { html, attempts: known.attempts + 1 });
  return html ?? plainHtml(text);
}

/** @returns null where the text has to be shown as it was written. */
function rendered(text: string): string | null {
  const isQuick = text.length <= ALWAYS_QUICK && !text.includes("|");
  const html = isQuick ? markdown.render(text) : renderInTime(text);
  return html !== null && html.length <= MAX_EXPANSION * (text.length + 100) ? html : null;
}

/** @returns null when the time was over, or the text is nested beyond the stack. */
function renderInTime(text: string): string | null {
  Object.assign(sandbox, { text });
  try {
    return renderText.runInContext(sandbox, { timeout: TIME_LIMIT }) as string;
  } catch {
    return null;
  }
}

function plainHtml(text: string): string {
  return `<p>${markdown.utils.escapeHtml(text).replace(/\r?\n/g, "<br>\n")}</p>\n`;
}
