import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorNameOfSlug, authorSlug } from "../../src/catalogue/authors/author-slug.js";
import { globalId } from "../../src/shared/node.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser } from "../support/build.js";

let api: Api;
beforeAll(async () => {
  api = await testApi();
  const ann = await buildUser(api.db, { username: "ann" });
  await buildPaper(api.db, {
    externalId: "p1",
    title: "Graph nets",
    authors: ["Ann Lee", { name: "Łukasz Kaiser", user: ann.key }, "A_B Team"],
    upvotes: 3,
  });
  await buildPaper(api.db, {
    externalId: "p2",
    title: "Trees",
    authors: ["Łukasz Kaiser", "Ann-Marie O'Neil"],
    upvotes: 9,
  });
  await buildPaper(api.db, { externalId: "p3", title: "Graph trees", authors: ["ann lee"] });
});
afterAll(() => api.close());

interface Author {
  id: string;
  slug: string;
  name: string;
  paperCount: number;
}

const FIELDS = "id slug name paperCount";

async function author(id: string): Promise<Author | null> {
  const data = await api.data<{ author: Author | null }>(
    `query ($id: ID!) { author(id: $id) { ${FIELDS} } }`,
    { id },
  );
  return data.author;
}

describe("an author", () => {
  it("is found by global id and slug, and by the node's id", async () => {
    const found = await author("Łukasz_Kaiser");
    expect(found).toEqual({
      id: globalId("Author", "Łukasz_Kaiser"),
      slug: "Łukasz_Kaiser",
      name: "Łukasz Kaiser",
      paperCount: 2,
    });
    expect(await author(found!.id)).toEqual(found);
    expect(await author("Łukasz Kaiser")).toEqual(found);
    expect(await author("łukasz_kaiser")).toBeNull();
    expect(await author("Nobody")).toBeNull();
    const team = await author("A%5FB_Team");
    expect(team?.name).toBe("A_B Team");
    expect(await author(team!.id)).toEqual(team);
    const { nodes } = await api.data<{ nodes: unknown[] }>(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Author { name paperCount } } }`,
      { ids: [team!.id, globalId("Author", "Nobody"), found!.id] },
    );
    expect(nodes).toEqual([
      { __typename: "Author", id: team!.id, name: "A_B Team", paperCount: 1 },
      null,
      { __typename: "Author", id: found!.id, name: "Łukasz Kaiser", paperCount: 2 },
    ]);
  });

  it("is the same object under each paper", async () => {
    const { papers } = await api.data<{ papers: { nodes: { authors: Author[] }[] } }>(
      `{ papers(filter: { ids: ["p1", "p2"] }, orderBy: [{ field: UPVOTES }]) { nodes { authors { ${FIELDS} } } } }`,
    );
    const [trees, nets] = papers.nodes.map(({ authors }) => authors);
    expect(trees?.[0]).toEqual(nets?.[1]);
    expect(trees?.[0]).toEqual(await author("Łukasz_Kaiser"));
  });

  it("has papers that are searched, filtered and ordered", async () => {
    const papersOf = async (args: string) => {
      const data = await api.data<{ author: { papers: { nodes: { externalId: string }[] } } }>(
        `{ author(id: "Łukasz_Kaiser") { papers${args} { nodes { externalId } } } }`,
      );
      return data.author.papers.nodes.map(({ externalId }) => externalId);
    };
    expect(await papersOf("(orderBy: [{field: UPVOTES, direction: ASC}])")).toEqual(["p1", "p2"]);
    expect(await papersOf('(search: "nets")')).toEqual(["p1"]);
    expect(await papersOf("(filter: {upvotes: {gte: 5}})")).toEqual(["p2"]);
  });

  it("is taken by filters as id and as name", async () => {
    const count = async (value: string) => {
      const data = await api.data<{ papers: { totalCount: number } }>(
        "query ($authors: [String!]) { papers(filter: { authors: { anyOf: $authors } }) { totalCount } }",
        { authors: [value] },
      );
      return data.papers.totalCount;
    };
    expect(await count("Łukasz Kaiser")).toBe(2);
    expect(await count(globalId("Author", "Łukasz_Kaiser"))).toBe(2);
    expect(await count("A_B Team")).toBe(1);
  });
});

describe("Paper.authors", () => {
  it("is as long as asked, and what is true of one paper stands beside the author", async () => {
    const { paper } = await api.data<{ paper: Record<string, unknown> }>(
      `{ paper(id: "p1") {
        none: authors(first: 0) { name }
        two: authors(first: 2) { name position user { username } }
        all: authors { name }
        authorships(first: 2) { position author { name } user { username } }
      } }`,
    );
    expect(paper).toEqual({
      none: [],
      two: [
        { name: "Ann Lee", position: 1, user: null },
        { name: "Łukasz Kaiser", position: 2, user: { username: "ann" } },
      ],
      all: [{ name: "Ann Lee" }, { name: "Łukasz Kaiser" }, { name: "A_B Team" }],
      authorships: [
        { position: 1, author: { name: "Ann Lee" }, user: null },
        { position: 2, author: { name: "Łukasz Kaiser" }, user: { username: "ann" } },
      ],
    });
    const elsewhere = await api.data(`{ author(id: "Łukasz_Kaiser") { position user { username } } }`);
    expect(elsewhere).toEqual({ author: { position: null, user: null } });
    const { errors } = await api.ask(`{ paper(id: "p1") { authors(first: -1) { name } } }`);
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", argument: "first" });
  });
});

describe("authors", () => {
  const namesOf = async (args: string) => {
    const data = await api.data<{ authors: { nodes: Author[]; totalCount: number } }>(
      `{ authors${args} { nodes { name } totalCount } }`,
    );
    expect(data.authors.totalCount).toBe(data.authors.nodes.length);
    return data.authors.nodes.map(({ name }) => name);
  };

  it("are listed by papers, names and searches for the beginnings of words", async () => {
    expect((await namesOf(""))[0]).toBe("Łukasz Kaiser");
    expect(await namesOf("(orderBy: [{field: NAME, direction: ASC}])")).toEqual([
      "A_B Team",
      "Ann Lee",
      "ann lee",
      "Ann-Marie O'Neil",
      "Łukasz Kaiser",
    ]);
    expect((await namesOf('(search: "ann lee")')).sort()).toEqual(["Ann Lee", "ann lee"]);
    expect(await namesOf('(search: "mar ann")')).toEqual(["Ann-Marie O'Neil"]);
    expect(await namesOf(`(search: "o'n")`)).toEqual(["Ann-Marie O'Neil"]);
    expect(await namesOf('(search: "kai")')).toEqual(["Łukasz Kaiser"]);
    expect(await namesOf('(search: "%")')).toEqual([]);
    expect(await namesOf("(filter: {paperCount: {gte: 2}})")).toEqual(["Łukasz Kaiser"]);
    expect(await namesOf('(filter: {ids: ["A%5FB_Team", "Nobody"]})')).toEqual(["A_B Team"]);
  });
});

describe("a slug of an author", () => {
  it("is read back as the name, whatever the name", () => {
    const word = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
      .filter((text) => !/\s/.test(text));
    const odd = fc.array(fc.constantFrom("_", "%", "%5F", "/", "?", "a", "%25"), { minLength: 1 });
    const name = fc
      .array(
        fc.oneof(
          word,
          odd.map((parts) => parts.join("")),
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map((words) => words.join(" "));
    fc.assert(
      fc.property(name, (text) => {
        expect(authorNameOfSlug(authorSlug(text))).toBe(text);
        expect(authorSlug(text)).not.toMatch(/[ /?#\\]/);
      }),
    );
  });
});

describe("user", () => {
  it("is found by name, whatever the case", async () => {
    const ask = (username: string) =>
      api.data("query ($username: String!) { user(username: $username) { username } }", { username });
    expect(await ask("ANN")).toEqual({ user: { username: "ann" } });
    expect(await ask("nobody")).toEqual({ user: null });
  });
});
