import { generateAtomFeed, generateJsonFeed, generateRssFeed } from "feedsmith";
import { v5 as uuidOf } from "uuid";
import type { Feed, FeedEntry } from "./feed.js";

export const FEED_FORMATS = ["atom", "rss", "json"] as const;

interface Format {
  /** The media type. */
  type: string;
  write: (feed: Feed) => string;
}

const GENERATOR = "Papergraph";

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

export const FORMATS: Record<(typeof FEED_FORMATS)[number], Format> = {
  atom: { type: "application/atom+xml", write: (feed) => tight(atom(feed)) },
  rss: { type: "application/rss+xml", write: (feed) => tight(rss(feed)) },
  json: { type: "application/feed+json", write: json },
};

/**
 * The generator indents CDATA sections as if they were elements, and so adds white space to what an element says. Only
 * its line breaks are taken out: texts are on one line, and may have `> <![CDATA[` themselves.
 */
function tight(xml: string): string {
  return xml.replace(/>\n\s*(?=<!\[CDATA\[)/g, ">").replace(/\]\]>\n\s*(?=<\/)/g, "]]>");
}

/** RFC 4287. */
function atom({ title, self, home, updated, entries }: Feed): string {
  return generateAtomFeed(
    {
      id: `urn:uuid:${uuidOf(self, uuidOf.URL)}`,
      title: { value: title },
      updated,
      // For the entries without authors.
      authors: [{ name: GENERATOR }],
      generator: { text: GENERATOR },
      links: [
        { rel: "self", href: self, type: "application/atom+xml" },
        { rel: "alternate", href: home },
      ],
      entries: entries.map((entry) => ({
        id: entry.id,
        title: { value: entry.title },
        links: [{ rel: "alternate", href: entry.url }],
        published: entry.published,
        updated: entry.updated,
        authors: entry.authors.map((name) => ({ name })),
        categories: entry.tags.map(({ slug, name }) => ({ term: slug, label: name })),
        summary: { value: entry.summary },
        content: { value: entry.text, type: "text" },
      })),
    },
    { strict: true },
  );
}

/** RSS 2.0; its `author` is an e-mail address, so names stand in Dublin Core's `creator`. */
function rss({ title, self, home, updated, entries }: Feed): string {
  return generateRssFeed(
    {
      title,
      link: home,
      description: title,
      generator: GENERATOR,
      lastBuildDate: updated,
      atom: { links: [{ rel: "self", href: self, type: "application/rss+xml" }] },
      items: entries.map((entry) => ({
        title: entry.title,
        link: entry.url,
        guid: { value: entry.id, isPermaLink: false },
        pubDate: entry.updated,
        // Readers take it for HTML.
        description: entry.text.replace(/[&<>]/g, (character) => ESCAPES[character] ?? ""),
        categories: entry.tags.map(({ name }) => ({ name })),
        dc: { creators: entry.authors },
      })),
    },
    { strict: true },
  );
}

/** JSON Feed 1.1. */
function json({ title, self, home, entries }: Feed): string {
  const feed = generateJsonFeed(
    {
      title,
      home_page_url: home,
      feed_url: self,
      items: entries.map((entry: FeedEntry) => ({
        id: entry.id,
        url: entry.url,
        title: entry.title,
        summary: entry.summary,
        content_text: entry.text,
        date_published: entry.published,
        date_modified: entry.updated,
        authors: entry.authors.map((name) => ({ name })),
        tags: entry.tags.map(({ name }) => name),
      })),
    },
    { strict: true },
  );
  // The generator leaves out what is empty; a feed's items have to be there.
  return JSON.stringify({ ...(feed as object), items: (feed as { items?: unknown[] }).items ?? [] });
}
