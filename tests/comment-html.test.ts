import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commentHtml } from "../src/comments/comment-html.js";
import { isCheapMarkdown } from "../src/comments/markdown-cost.js";

const PLAIN = /^<p>[^<]*(<br>\n[^<]*)*<\/p>\n$/;

describe("a comment as HTML", () => {
  it("has what Markdown says", () => {
    expect(commentHtml("Is it *open*?\nSee https://example.org")).toBe(
      '<p>Is it <em>open</em>?<br>\nSee <a href="https://example.org">https://example.org</a></p>\n',
    );
    expect(commentHtml("")).toBe("");
  });

  it("is plain text, and soon there, where Markdown takes too long", () => {
    // Each takes seconds in a parser that is not stopped.
    for (const text of [
      "![".repeat(300_000),
      "[".repeat(300_000) + "]".repeat(300_000),
      "http://".repeat(200_000),
      "[a]: b\n".repeat(200_000),
    ])
      expect(commentHtml(text)).toMatch(PLAIN);
    expect(commentHtml(`${"![".repeat(300_000)}\n<b>&`)).toMatch(/!\[<br>\n&lt;b&gt;&amp;<\/p>\n$/);
    expect(commentHtml("still *here*")).toBe("<p>still <em>here</em></p>\n");
  });

  it("is tried only as long as the texts of an answer have not taken too long in vain", () => {
    const effort = { wasted: 0 };
    let tried = 0;
    for (let index = 0; index < 400 && effort.wasted < 300; index++, tried++) {
      const before = effort.wasted;
      expect(commentHtml(`${index}${"![".repeat(300_000)}`, effort)).toMatch(PLAIN);
      expect(effort.wasted).toBeGreaterThan(before);
    }
    expect(effort.wasted).toBeGreaterThanOrEqual(300);
    const { wasted } = effort;
    expect(commentHtml(`${tried}${"![".repeat(300_000)}`, effort)).toMatch(PLAIN);
    expect(effort.wasted).toBe(wasted);
    expect(commentHtml("[x](https://example.org/1)", effort)).toContain("<a href=");
  });

  it("is rendered without a limit of time for ordinary texts, however long", () => {
    const paragraph =
      "Some *text* with `code` and [a link](https://example.org), as people write it & more.\n\n";
    const table = "\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- an item\n- another\n\n> a quotation\n\n";
    const text = (paragraph.repeat(8) + table).repeat(8).slice(0, 9_000);
    expect(isCheapMarkdown(text)).toBe(true);
    expect(commentHtml(text, { wasted: 1e9 })).toContain("<td>1</td>");
    expect(isCheapMarkdown("word ".repeat(2_000))).toBe(true);
  });

  it.each([
    ["brackets", "![".repeat(5_000)],
    ["few brackets", "[".repeat(300) + "]".repeat(300)],
    ["nested quotes", ">".repeat(5_000) + "=\n".repeat(2_500)],
    [
      "nested lists",
      Array.from({ length: 140 }, (_, depth) => `${" ".repeat(depth)}- ${"*a*".repeat(3)}\n`).join(""),
    ],
    ["a table whose rows are filled up", `${"a|".repeat(249)}a\n${"-|".repeat(249)}-\n${"a\n".repeat(500)}`],
    ["addresses", "http://".repeat(1_400)],
    ["emphasis", "*a_ ".repeat(2_500)],
    ["definitions", "[a]: b\n".repeat(1_400)],
  ])("is rendered within a limit for many %s", (_, text) => {
    expect(isCheapMarkdown(text)).toBe(false);
    expect(commentHtml(text).length).toBeLessThan(10 * (text.length + 100) + 1);
  });

  it("is plain text where a link that is used often would make it many times as long", () => {
    const definition = `[a]: http://example.org/${"z".repeat(1_000)}\n\n`;
    const often = definition + "[a]".repeat(400);
    expect(commentHtml(often).length).toBeLessThan(2 * often.length);
    expect(commentHtml(often)).toMatch(PLAIN);
  });

  it("has no script, whatever is written", () => {
    const pieces = fc.constantFrom(
      ...[
        "<script>",
        "<img src=x onerror=alert(1)>",
        "[a](",
        "javascript:alert(1)",
        "data:text/html,x",
        ")",
        "\n",
      ],
      ...[
        "![",
        "]",
        "<",
        ">",
        "`",
        "&#106;avascript:",
        "[b]: ",
        "vbscript:x",
        '"',
        "|",
        "-",
        "\u0000",
        "&lt;",
      ],
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
        const html = commentHtml(parts.join(""));
        const tags = html.match(/<[^>]*>/g) ?? [];
        for (const tag of tags)
          expect(tag).not.toMatch(/<script|\son\w+=|(href|src)="\s*(javascript|vbscript|data:text)/i);
      }),
    );
  });
});
