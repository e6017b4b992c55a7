import { createHash } from "node:crypto";
import { createContext, Script } from "node:vm";
import { LRUCache } from "lru-cache";
import MarkdownIt from "markdown-it";
import { isCheapMarkdown } from "./markdown-cost.js";

/** HTML in the text is shown as text, and links to scripts are no links: these are markdown-it's defaults. */
const markdown = new MarkdownIt({ linkify: true, breaks: true });

/**
 * Milliseconds of processor time for a text that is not surely cheap: markdown-it, like every other parser that was
 * measured, needs quadratic time for some texts, so time is what has to be limited.
 */
const TIME_LIMIT = 30;

/** Milliseconds by the clock for a second try, where the processor was with other programs during the first one. */
const SECOND_TIME_LIMIT = 250;

/** Milliseconds of processor time that the texts of one answer may take without coming to an end; no more are tried then. */
const MAX_WASTE = 300;

/** A short text with a link definition that is used often would become megabytes. */
const MAX_EXPANSION = 10;

/** Of the rendered texts that are kept; characters of JavaScript take two bytes at most. */
const CACHE_BYTES = 8 * 1024 * 1024;

/** An entry's key, its object and its place in the cache, about. */
const ENTRY_BYTES = 300;

/** A text that runs out of time is tried again when it is next read: other programs or threads may have been at work. */
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
  /** Milliseconds of processor time for texts that were not rendered in the end. */
  wasted: number;
}

/**
 * @returns the Markdown as HTML without scripts; as plain text in HTML when rendering takes too long or becomes too large.
 * Each text is rendered once, as long as it stays in the cache.
 */
export function commentHtml(text: string, effort: RenderingEffort = { wasted: 0 }): string {
  const key = createHash("sha256").update(text).digest("base64");
  const known = cache.get(key) ?? { html: null, attempts: 0 };
  if (known.html !== null) return known.html;
  const isCheap = isCheapMarkdown(text);
  const isTried = known.attempts < MAX_ATTEMPTS && (isCheap || effort.wasted < MAX_WASTE);
  if (!isTried) return plainHtml(text);
  const rendered = isCheap ? markdown.render(text) : renderInTime(text, effort);
  const html = rendered !== null && rendered.length <= MAX_EXPANSION * (text.length + 100) ? rendered : null;
  cache.set(key, { html, attempts: known.attempts + 1 });
  return html ?? plainHtml(text);
}

/** @returns null when the time was over, or the text is nested beyond the stack. */
function renderInTime(text: string, effort: RenderingEffort): string | null {
  Object.assign(sandbox, { text });
  const start = process.cpuUsage();
  const html = attempt(TIME_LIMIT) ?? (since(start) < TIME_LIMIT / 2 ? attempt(SECOND_TIME_LIMIT) : null);
  if (html === null) effort.wasted += Math.max(since(start), 1);
  return html;
}

function attempt(timeout: number): string | null {
  try {
    return renderText.runInContext(sandbox, { timeout }) as string;
  } catch {
    return null;
  }
}

/** @returns milliseconds of processor time: of this whole process, as Node.js does not tell that of a thread alone. */
function since(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

function plainHtml(text: string): string {
  return `<p>${markdown.utils.escapeHtml(text).replace(/\r?\n/g, "<br>\n")}</p>\n`;
}
