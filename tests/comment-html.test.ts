import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commentHtml } from "../src/comments/comment-html.js";

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

  it("is tried only for the first texts of an answer that run out of time", () => {
    const effort = { timeouts: 0 };
    for (let index = 0; index < 20; index++)
      expect(commentHtml(`${index}${"![".repeat(300_000)}`, effort)).toMatch(PLAIN);
    expect(effort.timeouts).toBe(10);
    expect(commentHtml("[x](https://example.org/1)", { timeouts: 0 })).toContain("<a href=");
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
