import sql from "sql-template-tag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PartPeopleFromUsers1764008000000 } from "../../migrations/1764008000000-part-people-from-users.js";
import { createStores, type Stores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { importSources } from "../../src/import/import-papers.js";
import { globalId } from "../../src/shared/node.js";
import { testApi, type Api } from "../support/api.js";
import { testProvider, type TestProvider } from "../support/identity-provider.js";
import { item, sourceOf } from "../support/import-items.js";
import { testDatabase } from "../support/test-database.js";

let api: Api;
let stores: Stores;
let provider: TestProvider;
beforeAll(async () => {
  provider = await testProvider();
  api = await testApi({ identityProvider: { ...provider.settings, personClaim: "hf_name" } });
  stores = createStores(api.db, columnsOf(api.source));
});
afterAll(async () => {
  await api.close();
  await provider.close();
});

let papers = 0;

/** Imports a paper that the person submitted and is the first author of. */
async function importPaperOf(handle: string, title = "A paper", externalId?: string): Promise<string> {
  const id = externalId ?? `2502.${String(++papers).padStart(5, "0")}`;
  const user = { user: handle, fullname: `${handle} of the source`, avatarUrl: "https://example.org/a.png" };
  const line = item({
    id,
    title,
    authors: [{ name: `Author ${handle}`, user }],
    submittedOnDailyAt: "2025-01-03T00:00:00Z",
    submittedOnDailyBy: user,
  });
  await importSources(api.db, [sourceOf([line])], {});
  return id;
}

interface Person {
  id: string;
  username: string;
  fullName: string | null;
  avatarUrl: string | null;
  importedFrom: string | null;
}
const PERSON = "id username fullName avatarUrl importedFrom";

async function peopleOf(externalId: string): Promise<{ submitter: Person; author: Person }> {
  const { paper } = await api.data<{ paper: { submittedBy: Person; authors: { user: Person }[] } }>(
    `{ paper(id: "${externalId}") { submittedBy { ${PERSON} } authors { user { ${PERSON} } } } }`,
  );
  return { submitter: paper.submittedBy, author: paper.authors[0]!.user };
}

async function viewer(token: string): Promise<Person> {
  const { viewer } = await api.data<{ viewer: Person }>(`{ viewer { ${PERSON} } }`, {}, token);
  return viewer;
}

const jwt = (sub: string, name: string, person?: unknown) =>
  provider.sign({ sub, preferred_username: name, ...(person !== undefined && { hf_name: person }) });

describe("an imported person", () => {
  it("is not the user of this installation who had the name before", async () => {
    const user = await stores.users.create("first");
    const { secret } = await stores.tokens.create(user.key, "t", null);
    const { submitter, author } = await peopleOf(await importPaperOf("first"));
    expect(submitter).toMatchObject({
      id: globalId("User", "huggingface:first"),
      username: "huggingface:first",
      fullName: "first of the source",
      importedFrom: "huggingface",
    });
    expect(author).toEqual(submitter);
    expect(await viewer(secret)).toEqual({
      id: user.id,
      username: "first",
      fullName: null,
      avatarUrl: null,
      importedFrom: null,
    });
  });

  it("keeps id, papers and places when a user of this installation takes the name afterwards", async () => {
    const paper = await importPaperOf("second");
    const before = await peopleOf(paper);
    expect(before.submitter).toMatchObject({ username: "second", importedFrom: "huggingface" });
    const user = await stores.users.create("Second");
    const after = await peopleOf(paper);
    expect(after.submitter).toEqual({ ...before.submitter, username: "huggingface:second" });
    expect(after.submitter.id).not.toBe(user.id);
    // The bare name is the user's, the qualified one the person's, also in filters.
    expect((await stores.users.find("second", "id"))?.key).toBe(user.key);
    expect((await stores.users.find("HuggingFace:SECOND", "id"))?.id).toBe(before.submitter.id);
    for (const [name, count] of [
      ["second", 0],
      ["huggingface:second", 1],
    ] as const) {
      const { papers: found } = await api.data<{ papers: { totalCount: number } }>(
        `{ papers(filter: {submittedBy: "${name}"}) { totalCount } }`,
      );
      expect(found.totalCount, name).toBe(count);
    }
  });

  it("is found by global id, beside the user of the same name", async () => {
    const ids = [
      globalId("User", "huggingface:second"),
      globalId("User", "Second"),
      globalId("User", "x:second"),
    ];
    const { nodes } = await api.data<{ nodes: (Person | null)[] }>(
      "query Q($ids: [ID!]!) { nodes(ids: $ids) { id } }",
      { ids },
    );
    expect(nodes.map((node) => node?.id ?? null)).toEqual([ids[0], ids[1], null]);
  });

  it("does not give the name to a user of the identity provider", async () => {
    await importPaperOf("third");
    expect((await viewer(await jwt("j3", "third"))).username).toMatch(/^third-[\da-f]{8}$/);
    expect((await viewer(await jwt("j4", "SECOND"))).username).toMatch(/^SECOND-[\da-f]{8}$/);
  });

  it("holds neither tokens nor identities", async () => {
    const person = (await stores.users.find("third", "id"))!;
    await expect(stores.tokens.create(person.key, "t", null)).rejects.toThrow();
    await expect(
      api.db.query("test.bind", sql`INSERT INTO user_identities VALUES ('https://a/', 's', ${person.key})`),
    ).rejects.toThrow();
    await expect(stores.users.getLocal("third")).rejects.toThrow("is a person imported from huggingface");
  });
});

describe("a claim", () => {
  it("gives a user the person's papers and places, through later imports, and can be undone", async () => {
    const paper = await importPaperOf("claimed");
    const person = (await peopleOf(paper)).submitter;
    const user = await stores.users.create("reader");
    expect(await stores.claims.claim(user, "huggingface:Claimed")).toEqual({
      submissions: 1,
      authorships: 1,
    });
    const later = await importPaperOf("claimed");
    await importPaperOf("claimed", "Another title", paper);
    for (const id of [paper, later])
      expect(await peopleOf(id)).toMatchObject({
        submitter: { id: user.id, fullName: "claimed of the source" },
        author: { id: user.id },
      });
    // The old name leads to the user; the person's own id stays the person's.
    expect((await stores.users.find("claimed", "id"))?.key).toBe(user.key);
    expect((await stores.users.byGlobalKeys(["huggingface:claimed"]))[0]?.id).toBe(person.id);
    await expect(stores.claims.claim(await stores.users.create("thief"), person.username)).rejects.toThrow();
    expect(await stores.claims.unclaim(user, "huggingface:claimed")).toEqual({
      submissions: 2,
      authorships: 2,
    });
    for (const id of [paper, later])
      expect(await peopleOf(id)).toMatchObject({ submitter: { id: person.id }, author: { id: person.id } });
    expect((await stores.users.findLocal("reader"))?.fullName).toBeNull();
    await expect(stores.claims.unclaim(user, "huggingface:claimed")).rejects.toThrow("has not claimed");
  });

  it("is made for whom the identity provider says to be the person, and for nobody else", async () => {
    const paper = await importPaperOf("grace");
    const impostor = await viewer(await jwt("g0", "grace"));
    expect((await peopleOf(paper)).submitter).not.toMatchObject({ id: impostor.id });
    for (const value of ["", " ", "grace\0", "gr%ace", 5, ["grace"], { toString: "grace" }, null])
      await viewer(await jwt("g1", "g1", value));
    expect((await peopleOf(paper)).submitter.importedFrom).toBe("huggingface");
    const grace = await viewer(await jwt("g2", "Grace", "GRACE"));
    expect(grace).toMatchObject({ username: "Grace", importedFrom: null });
    expect(await peopleOf(paper)).toMatchObject({ submitter: { id: grace.id }, author: { id: grace.id } });
    // Whoever comes later with the same claim gets nothing of it.
    const second = await viewer(await jwt("g3", "grace", "grace"));
    expect(second.id).not.toBe(grace.id);
    expect((await peopleOf(paper)).submitter.id).toBe(grace.id);
  });

  it("is made at the next request after the person was imported", async () => {
    const early = await viewer(await jwt("e1", "early-bird", "early"));
    const paper = await importPaperOf("early");
    expect((await peopleOf(paper)).submitter.importedFrom).toBe("huggingface");
    await viewer(await jwt("e1", "early-bird", "early"));
    expect((await peopleOf(paper)).submitter.id).toBe(early.id);
  });
});

describe("a reserved name", () => {
  it.each(["admin", "Admin", "ROOT", "sys.tem", "papergraph", "anonymous", "me", "null", "-admin-"])(
    "%s is not given to a user of the identity provider",
    async (name) => {
      const { username } = await viewer(await jwt(`r-${name}`, name));
      expect(username).toMatch(/^user-[\da-f]{8}$/);
    },
  );
});

describe("the migration", () => {
  it("parts rows that were user and person at once", async () => {
    const test = await testDatabase();
    const runner = test.source.createQueryRunner();
    const migration = new PartPeopleFromUsers1764008000000();
    await migration.down(runner);
    await test.db.query(
      "test.old",
      sql`WITH people AS (
            INSERT INTO users (username, full_name, avatar_url, source)
            VALUES ('person', 'A Person', '/p.png', '{"a": 1}'), ('both', 'Both', '/b.png', '{"b": 1}'), ('user', NULL, NULL, NULL)
            RETURNING id, username
          ), papers AS (
            INSERT INTO papers (external_id, title, published_at, submitted_at, submitted_by)
            SELECT p.external_id, 't', now(), p.submitted_at::timestamptz, people.id
            FROM (VALUES ('imported', '2025-01-03T00:00:00.123Z', 'both'), ('local', '2025-01-03T00:00:00.123456Z', 'both'),
                         ('others', '2025-01-03', 'person')) AS p (external_id, submitted_at, username)
            JOIN people USING (username) RETURNING id, external_id
          ), claims AS (
            INSERT INTO author_claims SELECT papers.id, 1, people.id FROM papers, people
            WHERE external_id = 'imported' AND username = 'both'
          )
          INSERT INTO access_tokens (user_id, name, hash)
          SELECT id, 't', convert_to(username, 'UTF8') FROM people WHERE username IN ('both', 'user')`,
    );
    await migration.up(runner);
    await runner.release();
    const users = await test.db.query(
      "test.users",
      sql`SELECT username, imported_from AS source, full_name AS name, (SELECT count(*) FROM access_tokens t WHERE t.user_id = u.id) AS tokens,
            ARRAY(SELECT external_id FROM papers p WHERE p.submitted_by = u.id ORDER BY 1) AS submitted,
            (SELECT count(*) FROM author_claims a WHERE a.user_id = u.id) AS claims
          FROM users u ORDER BY username`,
    );
    expect(users).toEqual([
      { username: "both", source: null, name: null, tokens: 1, submitted: ["local"], claims: 0 },
      {
        username: "huggingface:both",
        source: "huggingface",
        name: "Both",
        tokens: 0,
        submitted: ["imported"],
        claims: 1,
      },
      {
        username: "person",
        source: "huggingface",
        name: "A Person",
        tokens: 0,
        submitted: ["others"],
        claims: 0,
      },
      { username: "user", source: null, name: null, tokens: 1, submitted: [], claims: 0 },
    ]);
    await test.drop();
  });
});
