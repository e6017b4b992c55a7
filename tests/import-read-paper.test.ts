import { describe, expect, it } from "vitest";
import { hashOf, overlaid } from "../src/import/parse/imported-paper.js";
import { readPaper } from "../src/import/parse/read-paper.js";
import {
  MAX_AUTHORS,
  MAX_KEYWORDS,
  MAX_MEDIA,
  MAX_ORGANISATIONS,
  MAX_SOURCE,
} from "../src/papers/paper-limits.js";
import { item } from "./support/import-items.js";

function read(paper: object = {}, beside: object = {}) {
  return readPaper(JSON.stringify(item({ ...paper }, { ...beside })));
}

describe("a line of daily papers", () => {
  it("as Hugging Face serves it today is read whole", () => {
    const user = { _id: "u1", avatarUrl: "/a.svg", fullname: "Ann Reader", isPro: true, type: "user" };
    const record = read(
      {
        id: "2602.23229v2",
        authors: [
          { _id: "a1", name: "Marco  Garosi", hidden: false },
          { _id: "a2", name: " " },
          {
            _id: "a3",
            name: "Matteo Farina",
            hidden: true,
            status: "claimed_verified",
            user: { ...user, user: "matteo" },
          },
        ],
        mediaUrls: ["https://cdn.example/1.webp"],
        submittedOnDailyAt: "2026-03-06T03:55:12.777Z",
        submittedOnDailyBy: { ...user, user: "ann", name: "not-this" },
        summary: " Which multimodal\nmodel … ",
        upvotes: 10,
        discussionId: "d1",
        projectPage: "https://circle.example/",
        githubRepo: "https://github.com/m/CIRCLE",
        githubStars: 9,
        ai_summary: "Large models …",
        ai_keywords: ["in-context learning", "CIRCLE"],
        organization: { _id: "o1", name: "MHUGLab", fullname: "Multimedia Group", avatar: "/o.png" },
      },
      {
        thumbnail: "https://thumbs.example/1.png",
        numComments: 1,
        submittedBy: { ...user, name: "ann", followerCount: 3 },
        organization: { _id: "o1", name: "MHUGLab" },
        organizations: [{ name: "mhuglab", fullname: "Multimedia Group" }, { name: "trento" }],
        isAuthorParticipating: true,
        tags: ["cs.CV"],
        venue: "arXiv",
        citations: 4,
        authorsCount: 3,
        links: ["https://example.org"],
        _source: "somewhere",
      },
    );
    expect(record).toEqual({
      externalId: "2602.23229",
      title: "A Paper",
      publishedAt: "2025-01-02T03:04:05.000Z",
      submittedAt: "2026-03-06T03:55:12.777Z",
      submitter: "ann",
      authorCount: 3,
      upvotes: 10,
      comments: 1,
      codeUrl: "https://github.com/m/CIRCLE",
      codeStars: 9,
      projectUrl: "https://circle.example/",
      venue: "arXiv",
      citations: 4,
      abstract: "Which multimodal\nmodel …",
      aiSummary: "Large models …",
      keywords: ["in-context learning", "CIRCLE"],
      mediaUrls: ["https://cdn.example/1.webp"],
      thumbnailUrl: "https://thumbs.example/1.png",
      organisations: [
        { slug: "MHUGLab", name: "Multimedia Group", avatarUrl: "/o.png", sourceId: "o1" },
        { slug: "trento", name: null, avatarUrl: null, sourceId: null },
      ],
      authors: [
        { name: "Marco Garosi", username: null },
        { name: "Matteo Farina", username: "matteo" },
      ],
      users: [
        {
          username: "ann",
          fullName: "Ann Reader",
          avatarUrl: "/a.svg",
          source: { _id: "u1", isPro: true, type: "user", followerCount: 3 },
        },
        {
          username: "matteo",
          fullName: "Ann Reader",
          avatarUrl: "/a.svg",
          source: { _id: "u1", isPro: true, type: "user" },
        },
      ],
      source: {
        isAuthorParticipating: true,
        links: ["https://example.org"],
        discussionId: "d1",
        authors: [{ _id: "a1" }, { _id: "a3", hidden: true, status: "claimed_verified" }],
        tags: ["cs.CV"],
      },
    });
  });

  it("may say title, summary, date, organisation and media beside the paper", () => {
    const record = readPaper(
      JSON.stringify({
        paper: { id: "cs/0112017" },
        title: "An\n  Old Paper",
        summary: "Words.",
        publishedAt: "2001-12-10",
        mediaUrl: "https://cdn.example/1.mp4",
        organization: { name: "lab" },
        submittedBy: { name: "ann" },
      }),
    );
    expect(record).toMatchObject({
      externalId: "cs/0112017",
      title: "An Old Paper",
      abstract: "Words.",
      publishedAt: "2001-12-10T00:00:00.000Z",
      mediaUrls: ["https://cdn.example/1.mp4"],
      organisations: [{ slug: "lab", name: null }],
      submitter: "ann",
      keywords: null,
      authors: null,
      upvotes: null,
      source: {},
    });
  });

  it("may say beside the paper when it was put into Daily Papers, by a date that is later than the paper's", () => {
    const submittedAt = (paper: object, publishedAt: string) => read(paper, { publishedAt }).submittedAt;
    const own = { publishedAt: "2024-11-26T14:23:53.000Z" };
    expect(submittedAt(own, "2024-12-02T21:47:39.755Z")).toBe("2024-12-02T21:47:39.755Z");
    // The paper's own moment, in New York's time or the same.
    expect(submittedAt(own, "2024-11-26T09:23:53.000Z")).toBeNull();
    expect(submittedAt(own, own.publishedAt)).toBeNull();
    const said = { ...own, submittedOnDailyAt: "2024-12-01T00:00:00.000Z" };
    expect(submittedAt(said, "2024-12-02T21:47:39.755Z")).toBe("2024-12-01T00:00:00.000Z");
  });

  it("keeps an id that is no arXiv id as it is", () => {
    expect(read({ id: "nips2018-f55226c3f5" }).externalId).toBe("nips2018-f55226c3f5");
    expect(read({ id: "2022.acl-short.47" }).externalId).toBe("2022.acl-short.47");
    expect(read({ id: "https://arxiv.org/abs/2401.00001v3" }).externalId).toBe("2401.00001");
  });

  const unsafe = [
    "javascript:alert(1)",
    " JavaScript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "//evil.example",
    "https:///x",
    "ftp://example.org/",
  ];
  it.each(unsafe)("has no address that is no web address: %s", (address) => {
    const user = { user: "ann", avatarUrl: address };
    const record = read(
      {
        githubRepo: address,
        projectPage: address,
        mediaUrls: [address, "https://cdn.example/1.webp", address],
        submittedOnDailyBy: user,
        organization: { name: "lab", avatar: address },
      },
      { thumbnail: address },
    );
    expect(record).toMatchObject({
      codeUrl: null,
      projectUrl: null,
      thumbnailUrl: null,
      mediaUrls: ["https://cdn.example/1.webp"],
      users: [{ username: "ann", avatarUrl: null }],
      organisations: [{ slug: "lab", avatarUrl: null }],
    });
    expect(read({}, { mediaUrl: address }).mediaUrls).toBeNull();
  });

  it("has NULs taken out and lone surrogates replaced", () => {
    const line = String.raw`{"paper":{"id":"x","title":"A\u0000B \ud83d\ude00 \ud83d","publishedAt":"2025-01-01","extra":{"\udc00":"\u0000"}}}`;
    expect(readPaper(line)).toMatchObject({ title: "AB 😀 \ufffd", source: { extra: { "\ufffd": "" } } });
  });

  it("with null for a key says nothing of it", () => {
    expect(read({ upvotes: null, ai_keywords: null, organization: null }, { tags: null })).toMatchObject({
      upvotes: null,
      keywords: null,
      organisations: null,
      source: {},
    });
  });

  const deep = `${"[".repeat(50)}${"]".repeat(50)}`;
  const refused: [line: string | object, reason: string][] = [
    ["{", "not JSON (at position 1)"],
    ["nonsense", "not JSON"],
    ["[]", "a list, not an object"],
    ["42", "a number, not an object"],
    [{}, "no paper"],
    [{ paper: "2501.00001" }, "paper is a text, not an object"],
    [{ paper: { title: "T", publishedAt: "2025-01-01" } }, "no paper.id"],
    [{ paper: { id: 2501.1, title: "T", publishedAt: "2025-01-01" } }, "paper.id is 2501.1, not a text"],
    [item({ id: "x".repeat(201) }), "paper.id is longer than 200 characters"],
    [item({ title: " \n" }), "no paper.title"],
    [item({ title: "x".repeat(2_001) }), "paper.title is longer than 2000 characters"],
    [item({ summary: "x".repeat(100_001) }), "paper.summary is longer than 100000 characters"],
    [item({ publishedAt: undefined }), "no paper.publishedAt"],
    [item({ publishedAt: "2025-02-30" }), "paper.publishedAt: takes"],
    [item({ publishedAt: "0000-01-01" }), "paper.publishedAt: takes"],
    [item({ publishedAt: "infinity" }), "paper.publishedAt: takes"],
    [item({ publishedAt: 1735787045 }), "paper.publishedAt is 1735787045, not a text"],
    [item({ upvotes: "10" }), "paper.upvotes is a text, not a whole number from 0 to 1,000,000,000"],
    [item({ upvotes: -1 }), "paper.upvotes is -1, not"],
    [item({ githubStars: 1.5 }), "paper.githubStars is 1.5, not"],
    [item({}, { citations: 3_000_000_000 }), "citations is 3000000000, not"],
    [item({ authors: ["Ann"] }), "paper.authors[0] is a text, not an object"],
    [item({ authors: {} }), "paper.authors is an object, not a list"],
    [item({ authors: [{ name: "x".repeat(601) }] }), "paper.authors[0].name is longer than 600 characters"],
    [
      item({ authors: Array.from({ length: MAX_AUTHORS + 1 }, () => ({ name: "A" })) }),
      "paper.authors has more than 5000 entries",
    ],
    [
      item({ ai_keywords: Array.from({ length: MAX_KEYWORDS + 1 }, (_, n) => `k${n}`) }),
      "paper.ai_keywords has more than 100 entries",
    ],
    [
      item({}, { tags: Array.from({ length: MAX_KEYWORDS + 1 }, (_, n) => `t${n}`) }),
      "tags has more than 100 entries",
    ],
    [
      item(
        { organizations: Array.from({ length: MAX_ORGANISATIONS }, (_, n) => ({ name: `o${n}` })) },
        { organization: { name: "one" } },
      ),
      "the paper has more than 200 organisations",
    ],
    [
      item({ mediaUrls: Array.from({ length: MAX_MEDIA + 1 }, () => "https://example.org/") }),
      "paper.mediaUrls has more than 100 entries",
    ],
    [
      item({ extra: "x".repeat(MAX_SOURCE) }),
      "the keys that are kept as they came have more than 1000000 characters of JSON",
    ],
    [item({ ai_keywords: ["a", 1] }), "paper.ai_keywords[1] is 1, not a text"],
    [item({}, { tags: "cs.CV" }), "tags is a text, not a list"],
    [item({ organization: { fullname: "Lab" } }), "no paper.organization.name"],
    [item({}, { organizations: [{ name: true }] }), "organizations[0].name is a truth value, not a text"],
    [
      JSON.stringify(item({ extra: 0 })).replace('"extra":0', `"extra":${deep}`),
      "paper.extra is nested more than 32 levels deep",
    ],
  ];
  it.each(refused.map(([line, reason]) => ({ line, reason })))("is refused: $reason", ({ line, reason }) => {
    expect(() => readPaper(typeof line === "string" ? line : JSON.stringify(line))).toThrow(reason);
  });
});

describe("two lines about one paper", () => {
  it("say together what the later one says, and else what the earlier one did", () => {
    const earlier = read({
      upvotes: 1,
      summary: "Old.",
      authors: [{ _id: "a1", name: "Ann" }],
      discussionId: "d",
    });
    const later = read({ title: "New", upvotes: 2, authors: [{ name: "Bea" }], ai_keywords: [] });
    expect(overlaid(earlier, later)).toMatchObject({
      title: "New",
      upvotes: 2,
      abstract: "Old.",
      keywords: [],
      authors: [{ name: "Bea", username: null }],
      source: { discussionId: "d" },
    });
  });

  it("that say the same have the same hash, also one over the other", () => {
    const submittedBy = { name: "ann", followerCount: 1 };
    const record = read(
      { authors: [{ _id: "a1", name: "Ann" }], discussionId: "d" },
      { submittedBy, tags: ["x"] },
    );
    expect(hashOf(overlaid(record, record))).toBe(hashOf(record));
    expect(hashOf(read({ upvotes: 1 }))).not.toBe(hashOf(read({ upvotes: 2 })));
  });
});
