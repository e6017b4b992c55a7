import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPaper } from "../../src/import/parse/read-paper.js";
import { CitationFormat, citePaper } from "../../src/papers/citations/citation.js";
import { folded, type CitedPaper } from "../../src/papers/citations/cited-paper.js";
import { arxivIdOf, urlOf } from "../../src/papers/paper-identifiers.js";
import { hasBibtexParsers, hasBibutils, readBibtex, readRis } from "../support/citation-parsers.js";

type Parts = Partial<CitedPaper["paper"]> & { authors?: string[]; tags?: string[] };

function cited({ authors = ["Ann Lee"], tags = [], ...paper }: Parts = {}): CitedPaper {
  const { externalId = "2505.24864", title = "A title" } = paper;
  const publishedAt = new Date("2025-05-30T00:00:00Z");
  const known = { externalId, title, abstract: null, publishedAt, venue: null };
  return {
    authors,
    tags,
    paper: {
      ...known,
      arxivId: arxivIdOf(externalId),
      url: urlOf(externalId, title.toWellFormed()),
      ...paper,
    },
  };
}

const fileOf = (papers: CitedPaper[], format: CitationFormat) =>
  papers.map((each) => `${citePaper(each, format)}\n\n`).join("");
const titleOf = (title: string) =>
  /^ {2}title = \{(.*)\},$/m.exec(citePaper(cited({ title }), CitationFormat.BIBTEX))?.[1];

/** What LaTeX shows, without braces; nothing stands for those that are shown. */
function shown(latex: string): string {
  return folded(latex)
    .replaceAll("\\textbackslash{}", "\u0001")
    .replaceAll(/\\textbrace(left|right)\{\}|\\[{}]/g, "")
    .replaceAll("\\textasciitilde{}", "~")
    .replaceAll("\\^{}", "^")
    .replaceAll(/\\([&%#_$])/g, "$1")
    .replaceAll(/[{}]/g, "")
    .replaceAll("\u0001", "\\");
}

/** Readers part titles at colons, and names at spaces, ties and dots. */
const letters = (text: string) => folded(text).replaceAll(/[\s.:?,;~]/g, "");
const sorted = (text: string) => [...letters(text)].toSorted().join("");

const sample = readFileSync(new URL("../../src/sample/nvidia-papers.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => {
    const { authors, keywords, publishedAt, ...paper } = readPaper(line);
    const names = (authors ?? []).map(({ name }) => name);
    return cited({ ...paper, publishedAt: new Date(publishedAt), authors: names, tags: keywords ?? [] });
  });

const hostile = fc
  .array(
    fc.constantFrom(
      ...["\n", "\r\n", "\r", "\u2028", "\u2029", "\u0085", "\u000b", "\u001c", "\u0000", "\t", " ", "  "],
      ...[
        "{",
        "}",
        "\\",
        "%",
        "$",
        "#",
        "&",
        "_",
        "^",
        "~",
        '"',
        "'",
        ",",
        "=",
        "@",
        "\ud800",
        "李",
        "é",
        "🙂",
      ],
      ...[
        "@article{x,",
        "@comment{",
        "@string{a=1}",
        "TY  - JOUR",
        "\nTY  - BOOK\n",
        "\nER  - \n",
        "ER  - ",
        "AU  - X",
      ],
      ...[
        "title = {x},",
        "},",
        "}\n\n@misc{y, title={z}}",
        "\\textsubscript{",
        "\\input{x}",
        "\\\\",
        "$x^{2}$",
        "$$\\pi$$",
      ],
      ...["a", "GPT", "and", " and ", "word"],
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => `T${parts.join("")}t`);

const hostilePapers = fc.sample(
  fc.record({ title: hostile, abstract: hostile, author: hostile, tag: hostile }),
  {
    numRuns: 300,
    seed: 1,
  },
);
const hostileCited = hostilePapers.map(({ title, abstract, author, tag }, index) =>
  cited({
    externalId: `other-${index}`,
    title,
    abstract,
    authors: [author, "Ann Lee"],
    tags: [tag],
    venue: tag,
  }),
);

describe("BibTeX", () => {
  it("is an entry that LaTeX and its readers understand", () => {
    const paper = cited({
      title: "ProRL: Costs & 5% of LLMs in $\\pi_2$",
      authors: ["Mingjie Liu", "Jan van der Berg", "Louis Cox Jr.", "The ATLAS Collaboration"],
      abstract: "Two\nlines_here.",
      tags: ["agents", "cs.CL"],
    });
    expect(citePaper(paper, CitationFormat.BIBTEX)).toBe(`@misc{Liu2025ProRL:2505.24864,
  title = {{ProRL:} Costs \\& 5\\% of {LLMs} in $\\pi_2$},
  author = {Liu, Mingjie and van der Berg, Jan and Cox, Jr., Louis and {The ATLAS Collaboration}},
  year = {2025},
  month = {5},
  eprint = {2505.24864},
  archiveprefix = {arXiv},
  primaryclass = {cs.CL},
  doi = {10.48550/arXiv.2505.24864},
  url = {https://arxiv.org/abs/2505.24864},
  keywords = {agents, cs.CL},
  abstract = {Two lines\\_here.},
}`);
    const conference = citePaper(
      cited({ externalId: "nips1", venue: "NeurIPS 2024" }),
      CitationFormat.BIBTEX,
    );
    expect(conference).toMatch(
      /^@inproceedings\{Lee2025A:nips1,\n[^]*booktitle = \{NeurIPS 2024\},\n[^]*year = /,
    );
  });

  it.each([
    ["Open \\textsubscript{ brace", "Open \\textsubscript\\textbraceleft{} brace"],
    ["LaAlO\\textsubscript{3} and \\emph{x}", "LaAlO\\textsubscript{3} and \\emph{x}"],
    ["Earn $1 Million or $5", "Earn \\$1 Million or \\$5"],
    ["V$_2$$X$Al", "V$_2$$X$Al"],
    [
      "Read \\input{/etc/passwd} $\\input{x}$",
      "Read \\textbackslash{}input\\{/etc/passwd\\} \\$\\textbackslash{}input\\{x\\}\\$",
    ],
    ["E^2 on Apple~Silicon, ~50%", "E\\^{}2 on Apple~Silicon, \\textasciitilde{}50\\%"],
    ["}{".repeat(3), "\\textbraceright{}{\\textbraceright{}{\\textbraceright{}\\textbraceleft{}"],
    ["Braces {and} Jo{\\~a}o", "Braces \\{and\\} Jo{\\~a}o"],
    ["ends with \\", "ends with \\textbackslash{}"],
  ])("escapes titles: %s", (title, latex) => {
    expect(shown(titleOf(title)!)).toBe(shown(latex));
    if (!title.startsWith("}")) expect(titleOf(title)).toBe(latex);
  });

  it("has a key of its own for each paper", () => {
    const keys = ["a b", "a-b", "a_b", "ab", "a{b"].map(
      (externalId) => citePaper(cited({ externalId }), CitationFormat.BIBTEX).split(",")[0],
    );
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(key).toMatch(/^@misc\{[\w.:/-]+$/);
  });

  it.skipIf(!hasBibtexParsers)("gives two parsers back what papers say, real and hostile ones", () => {
    const papers = [...sample, ...hostileCited];
    const read = readBibtex(fileOf(papers, CitationFormat.BIBTEX));
    for (const entries of [read.pybtex, read.bibtexparser]) {
      expect(entries).toHaveLength(papers.length);
      for (const [index, { fields }] of entries.entries()) {
        const { paper, tags } = papers[index]!;
        expect(shown(fields.title!)).toBe(shown(paper.title));
        expect(shown(fields.abstract ?? "")).toBe(shown(paper.abstract ?? ""));
        expect(fields.year).toBe(String(paper.publishedAt.getUTCFullYear()));
        expect(shown(fields.keywords ?? "")).toBe(tags.map(shown).join(", "));
      }
    }
    for (const [index, { authors }] of read.pybtex.entries())
      expect(authors!.map((parts) => sorted(shown(parts.join(" "))))).toEqual(
        papers[index]!.authors.map((name) => sorted(shown(name))),
      );
  });
});

describe("RIS", () => {
  it("has a field a line, however long, and the types and years of its specification", () => {
    const title = "word ".repeat(60).trim();
    const lines = citePaper(
      cited({ title, authors: ["Hal Daumé III", "The ATLAS Collaboration", "李明"], venue: "NeurIPS 2024" }),
      CitationFormat.RIS,
    ).split("\n");
    expect(lines).toEqual([
      "TY  - CONF",
      "ID  - 2505.24864",
      `TI  - ${title}`,
      "AU  - Daumé III, Hal",
      "AU  - The ATLAS Collaboration,",
      "AU  - 李明",
      "PY  - 2025",
      "DA  - 2025/05/30/",
      "T2  - NeurIPS 2024",
      "M1  - arXiv:2505.24864",
      "DO  - 10.48550/arXiv.2505.24864",
      "UR  - https://arxiv.org/abs/2505.24864",
      "ER  - ",
    ]);
  });

  it("cannot be forged by what a paper says", () => {
    for (const paper of hostileCited) {
      const lines = citePaper(paper, CitationFormat.RIS).split(
        /[\n\r\u000b\u000c\u001c-\u001e\u0085\u2028\u2029]/,
      );
      expect(lines.map((line) => line.slice(0, 6)).join("")).toMatch(
        /^TY {2}- ID {2}- TI {2}- (AU {2}- )+PY {2}- DA {2}- T2 {2}- UR {2}- KW {2}- AB {2}- ER {2}- $/,
      );
    }
  });

  it.skipIf(!hasBibutils)("gives bibutils back what papers say, real and hostile ones", () => {
    const papers = [...sample, ...hostileCited];
    const records = readRis(fileOf(papers, CitationFormat.RIS));
    expect(records).toHaveLength(papers.length);
    for (const [index, { paper, authors }] of papers.entries()) {
      const record = records[index]!;
      expect(letters(record.title)).toBe(letters(paper.title));
      expect(letters(record.abstract)).toBe(letters(paper.abstract ?? ""));
      expect(record.date).toBe(paper.publishedAt.toISOString().slice(0, 10));
      // bibutils makes two authors of "A and B".
      if (!authors.some((name) => / and |&/i.test(folded(name))))
        expect(record.authors.map(sorted)).toEqual(authors.map(sorted));
    }
  });
});

describe("CSL-JSON", () => {
  it("is a list with one item in the shape of its schema", () => {
    const [item] = JSON.parse(
      citePaper(cited({ authors: ["Jan van der Berg", "DeepSeek-AI"] }), CitationFormat.CSL_JSON),
    ) as unknown[];
    expect(item).toEqual({
      id: "2505.24864",
      type: "article",
      title: "A title",
      author: [
        { given: "Jan", family: "Berg", "non-dropping-particle": "van der" },
        { literal: "DeepSeek-AI" },
      ],
      issued: { "date-parts": [[2025, 5, 30]] },
      URL: "https://arxiv.org/abs/2505.24864",
      DOI: "10.48550/arXiv.2505.24864",
      publisher: "arXiv",
      number: "arXiv:2505.24864",
    });
  });
});
