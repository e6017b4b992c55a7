import fc from "fast-check";
import MarkdownIt from "markdown-it";
import { describe, expect, it } from "vitest";
import {
  markdownHeading,
  markdownLine,
  markdownLink,
  markdownText,
} from "../../src/api/rest/presenters/markdown-text.js";

/** A reader that takes HTML for HTML. */
const reader = new MarkdownIt({ html: true });

const PIECES = [
  ...[
    "#",
    "##",
    " #",
    ">",
    "- ",
    "+ ",
    "* ",
    "1. ",
    "12) ",
    "=",
    "===",
    "---",
    "***",
    "___",
    "~~~",
    "```",
    "    ",
  ],
  ...[
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "\t",
    "\u2028",
    "\u0085",
    "\u00a0",
    "\u0007",
    "\ud800",
    " ",
    "  \n",
    "\\\n",
  ],
  ...["[", "]", "(", ")", "![", "[a](javascript:alert(1))", "[a]: https://example.org", "[a]", "[^1]", "[ ]"],
  ...[
    "<script>",
    "</div>",
    "<!--",
    "-->",
    "<b",
    "<https://example.org>",
    "<?",
    "<![CDATA[",
    "&lt;",
    "&#60;",
    "&",
    "&amp",
  ],
  ...[
    "`",
    "``",
    "*",
    "**",
    "_",
    "__",
    "~",
    "~~",
    "|",
    "|-|-|",
    ":-:|:-:",
    "\\",
    "\\*",
    "\\\\",
    "\\textbf{x}",
    "$x_1$",
    "{",
    "}",
  ],
  ...["a", "b c", "é", "漢", "1", ".", ",", ":", "!", '"', "'", "title: x", "😀", "x_y"],
];
const texts = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 })), { maxLength: 14 });

/** @returns the text on one line, as people see it. */
function seen(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
}

/** @returns the kinds of the blocks, and the text of all of them; other markup than text is refused. */
function read(markdown: string): { kinds: string[]; text: string } {
  const tokens = reader.parse(markdown, {});
  const text = tokens
    .flatMap(({ children }) => children ?? [])
    .map(({ type, content }) => {
      expect(["text", "softbreak"], `${type} in ${JSON.stringify(markdown)}`).toContain(type);
      return type === "softbreak" ? "\n" : content;
    });
  const kinds = tokens
    .filter(({ type }) => !type.endsWith("_close") && type !== "inline")
    .map(({ type }) => type);
  for (const { type, content } of tokens) if (type !== "inline") expect(content).toBe("");
  return { kinds: [...new Set(kinds)], text: text.join("") };
}

describe("a text in Markdown", () => {
  it("is read as the heading that it is", () => {
    fc.assert(
      fc.property(texts, (parts) => {
        const title = parts.join("");
        const { kinds, text } = read(markdownHeading(title));
        expect(kinds).toEqual(["heading_open"]);
        expect(seen(text)).toBe(seen(title));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is read as one line of a list", () => {
    fc.assert(
      fc.property(texts, (parts) => {
        const name = parts.join("");
        const { kinds, text } = read(`- Authors: ${markdownLine(name)}`);
        expect(kinds).toEqual(["bullet_list_open", "list_item_open", "paragraph_open"]);
        expect(seen(text)).toBe(seen(`Authors: ${name}`));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is read as paragraphs with its lines", () => {
    fc.assert(
      fc.property(texts, (parts) => {
        const abstract = `${parts.join("")}\n\nend`;
        const markdown = markdownText(abstract);
        const tokens = reader.parse(markdown, {});
        const { kinds } = read(markdown);
        expect(kinds).toEqual(["paragraph_open"]);
        const text = tokens.map(({ type, children }) =>
          type === "paragraph_close" ? "\n" : (children ?? []).map((child) => child.content || " ").join(""),
        );
        expect(seen(text.join(""))).toBe(seen(abstract));
      }),
      { numRuns: 2_000 },
    );
    expect(markdownText("one\ntwo\n\nthree x_y \\alpha $a_1$, 5 < 6")).toBe(
      "one\ntwo\n\nthree x_y \\alpha $a_1$, 5 \\< 6",
    );
  });

  it("is read as a link with the address", () => {
    const address = "https://example.org/a b<c>\\d\ne?f=`g`&h=*";
    expect(reader.render(markdownLink(address))).toMatch(
      /^<p><a href="https:\/\/example\.org\/a%20b%3Cc%3E%5Cd%0Ae\?f=%60g%60&amp;h=\*">[^<]*<\/a><\/p>\n$/,
    );
  });
});
