import fc from "fast-check";
import { XmlDocument } from "libxml2-wasm";
import Parser from "rss-parser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { xmlText } from "../src/shared/text.js";
import { testApi, type Api } from "./support/api.js";
import { buildPaper } from "./support/build.js";

const PIECES = [
  ...[
    "\u0001",
    "\u0008",
    "\u000b",
    "\u000c",
    "\u001f",
    "\u007f",
    "\u0085",
    "\ufffe",
    "\uffff",
    "\u{1fffe}",
    "\u{10ffff}",
  ],
  ...["\t", "\n", "\r", "\r\n", "\u2028", "\u00a0", " ", "  ", "\ufeff", "\u202e"],
  ...[
    "&",
    "&amp;",
    "&#0;",
    "&#x1;",
    "&lt;",
    "&nbsp;",
    "<",
    ">",
    "<b>",
    "</title>",
    "</item>",
    "</entry></feed>",
  ],
  ...[
    "]]>",
    "<![CDATA[",
    "]]",
    "]",
    ">",
    "<!--",
    "-->",
    "<?xml",
    "?>",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    '"',
    "'",
    "\\",
  ],
  ...["a", "word", "é", "漢字", "😀", "$1", "%00", "{", "}"],
];
const COUNT = 90;
/** The same texts at each run. */
const texts = fc.sample(
  fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 9 }).map((parts) => parts.join("")),
  { numRuns: 4 * COUNT, seed: 7 },
);

/** What readers have to find: on one line, without what XML 1.0 cannot hold. */
function shown(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replace(/\s+/gu, " ")
    .trim();
}

const papers = Array.from({ length: COUNT }, (_, n) => ({
  title: `T${texts[n]}`,
  abstract: `A${texts[COUNT + n]}`,
  authors: [`N${texts[2 * COUNT + n]}`],
  tags: [`tag${n}${texts[3 * COUNT + n]}`],
}));
const newestFirst = papers.toReversed();

let api: Api;
beforeAll(async () => {
  api = await testApi();
  for (const [n, paper] of papers.entries())
    await buildPaper(api.db, { ...paper, publishedAt: new Date(Date.UTC(2025, 0, 1, 0, n)) });
});
afterAll(() => api.close());

async function feed(format: string): Promise<string> {
  const { statusCode, body } = await api.app.inject({ url: `/feeds/papers.${format}?limit=100` });
  expect(statusCode).toBe(200);
  return body;
}

const shownOf = (key: "title" | "abstract") => newestFirst.map((paper) => shown(paper[key]));
const names = newestFirst.map(({ authors }) => shown(authors[0]!));

describe("a feed of hostile papers", () => {
  it("as Atom is well-formed and says what the papers say", async () => {
    const body = await feed("atom");
    const document = XmlDocument.fromString(body);
    const read = (path: string) =>
      document.find(`//a:entry/${path}`, { a: "http://www.w3.org/2005/Atom" }).map((node) => node.content);
    expect(read("a:title")).toEqual(shownOf("title"));
    expect(read("a:content")).toEqual(shownOf("abstract"));
    expect(read("a:author/a:name")).toEqual(names);
    expect((await new Parser().parseString(body)).items).toHaveLength(COUNT);
  });

  it("as RSS is well-formed and says what the papers say", async () => {
    const body = await feed("rss");
    const document = XmlDocument.fromString(body);
    const read = (path: string) =>
      document.find(`//item/${path}`, { dc: "http://purl.org/dc/elements/1.1/" }).map((node) => node.content);
    expect(read("title")).toEqual(shownOf("title"));
    expect(read("dc:creator")).toEqual(names);
    // Readers take it for HTML.
    const html = (text: string) =>
      text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    expect(read("description")).toEqual(shownOf("abstract").map(html));
    expect((await new Parser().parseString(body)).items).toHaveLength(COUNT);
  });

  it("as JSON Feed says what the papers say", async () => {
    const { items } = JSON.parse(await feed("json")) as { items: Record<string, unknown>[] };
    expect(items.map(({ title }) => title)).toEqual(shownOf("title"));
    expect(items.map((item) => item.content_text)).toEqual(shownOf("abstract"));
    expect(items.map(({ authors }) => authors)).toEqual(names.map((name) => [{ name }]));
  });
});

describe("a text for XML", () => {
  it("has no character that XML 1.0 forbids, and all others", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.constantFrom("", "\ud800", "\udc00", "\ufffe"),
        (text, end) => {
          const clean = xmlText(text + end);
          expect(clean).not.toMatch(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
          const document = XmlDocument.fromString(
            `<a>${clean.replace(/[&<>\r]/g, (c) => `&#${c.charCodeAt(0)};`)}</a>`,
          );
          expect(document.root.content).toBe(clean);
          document.dispose();
        },
      ),
    );
  });
});
