import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import relay, { type ConcreteRequest, type IEnvironment } from "relay-runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listeningApi, type ListeningApi } from "./listening-api.js";

const { createOperationDescriptor, Environment, fetchQuery, getRequest, Network, RecordSource, Store } =
  relay;

/** As a program that uses Relay has them; relay-compiler reads them out of its sources. */
const DOCUMENTS = `
graphql\`query AppPapersQuery($filter: PaperFilter, $after: String) {
  papers(filter: $filter, first: 5, after: $after) @connection(key: "App_papers") { edges { node { id title } } } }\`;
graphql\`query AppDailyQuery($after: String) {
  dailyPapers(date: "2026-01-02") { period { key }
    papers(first: 5, after: $after) @connection(key: "App_daily_papers") { edges { node { id title } } } } }\`;
graphql\`query AppAuthorQuery { author(id: "Ann_Lee") { id ...AppAuthorPapers } }\`;
graphql\`fragment AppAuthorPapers on Author @refetchable(queryName: "AppAuthorPapersQuery")
  @argumentDefinitions(first: { type: "Int", defaultValue: 5 }, after: { type: "String" }) {
  papers(first: $first, after: $after) @connection(key: "AppAuthor_papers") { edges { node { id title } } } }\`;
graphql\`query AppSuggestionsQuery { autocomplete(prefix: "diff") { label node { __typename id } } papers(first: 1) { edges { node { id title } } } }\`;
graphql\`mutation AppUpvoteMutation($input: UpvoteInput!) { addUpvote(input: $input) { paper { id upvoteCount } } }\`;
graphql\`query AppPaperQuery($id: ID!) { paper(id: $id) { id upvoteCount } }\`;
`;

let api: ListeningApi;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "papergraph-relay-"));
  mkdirSync(join(folder, "src"));
  writeFileSync(join(folder, "src", "App.js"), DOCUMENTS);
  cpSync(fileURLToPath(new URL("../../schema.graphql", import.meta.url)), join(folder, "schema.graphql"));
  const config = {
    src: "./src",
    schema: "./schema.graphql",
    language: "javascript",
    artifactDirectory: "./artifacts",
    eagerEsModules: false,
    persistConfig: { file: "./persisted.json" },
  };
  writeFileSync(join(folder, "relay.config.json"), JSON.stringify(config));
  writeFileSync(join(folder, "persisted.json"), "{}");
  mkdirSync(join(folder, "artifacts"));
  const compiler = fileURLToPath(new URL("../../node_modules/relay-compiler/cli.js", import.meta.url));
  execFileSync(process.execPath, [compiler, "relay.config.json"], { cwd: folder, stdio: "pipe" });
  api = await listeningApi({ trustedDocuments: join(folder, "persisted.json") });
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

const artifact = (name: string) =>
  createRequire(join(folder, "artifacts", "x.js"))(`./${name}.graphql.js`) as ConcreteRequest;

/** Sends the ids of compiled documents, as Relay's guide to persisted queries does. */
function environment(): IEnvironment {
  const network = Network.create(async ({ id }, variables) => {
    const response = await fetch(api.url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: api.authorization },
      body: JSON.stringify({ documentId: id, variables }),
    });
    return (await response.json()) as never;
  });
  return new Environment({ network, store: new Store(new RecordSource()) });
}

interface Titles {
  edges: { node: { title: string } }[];
  pageInfo: { hasNextPage: boolean; endCursor: string };
}
const ALL = Array.from({ length: 12 }, (_, n) => `Diffusion ${11 - n}`);

/** Fetches page after page of a query with a connection, and reads what the store made of them. */
async function allPages(name: string, connectionOf: (data: unknown) => Titles): Promise<string[]> {
  const relayEnvironment = environment();
  const request = getRequest(artifact(name));
  const first = createOperationDescriptor(request, { after: null });
  relayEnvironment.retain(first);
  for (let after: string | null = null; ;) {
    await fetchQuery(relayEnvironment, request as never, { after }).toPromise();
    const { edges, pageInfo } = connectionOf(relayEnvironment.lookup(first.fragment).data);
    if (!pageInfo.hasNextPage) return edges.map(({ node }) => node.title);
    after = pageInfo.endCursor;
  }
}

describe("Relay", () => {
  it("appends pages of papers", async () => {
    const titles = await allPages("AppPapersQuery", (data) => (data as { papers: Titles }).papers);
    expect(titles).toEqual(ALL);
  });

  it("appends pages of Daily Papers", async () => {
    const titles = await allPages(
      "AppDailyQuery",
      (data) => (data as { dailyPapers: { papers: Titles } }).dailyPapers.papers,
    );
    expect([...titles].sort()).toEqual([...ALL].sort());
  });

  it("reads an author's further papers by the query that it makes of a fragment, by the author's id", async () => {
    const relayEnvironment = environment();
    const { author } = (await fetchQuery(
      relayEnvironment,
      artifact("AppAuthorQuery") as never,
      {},
    ).toPromise()) as {
      author: { id: string };
    };
    const response = await fetch(api.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        documentId: artifact("AppAuthorPapersQuery").params.id,
        variables: { id: author.id, first: 5, after: null },
      }),
    });
    const { data, errors } = (await response.json()) as {
      data: { node: { papers: Titles } };
      errors: unknown;
    };
    expect(errors).toBeUndefined();
    expect(data.node.papers.edges.map(({ node }) => node.title)).toEqual(ALL.slice(0, 5));
  });

  it("has one object for each id: a suggestion has none of its own", async () => {
    const relayEnvironment = environment();
    await fetchQuery(relayEnvironment, artifact("AppSuggestionsQuery") as never, {}).toPromise();
    const source = relayEnvironment.getStore().getSource();
    const types = source.getRecordIDs().map((id) => String(source.get(id)?.__typename));
    expect(types).toContain("Suggestion");
    expect(types).toContain("Tag");
    for (const id of source.getRecordIDs()) {
      const record = source.get(id);
      if (record?.id) expect(record.__typename, JSON.stringify(record)).not.toBe("Suggestion");
    }
  });

  it("updates what it has of a paper by the id in a mutation's payload", async () => {
    const relayEnvironment = environment();
    const { id } = api.papers[0]!;
    const read = createOperationDescriptor(getRequest(artifact("AppPaperQuery")), { id });
    relayEnvironment.retain(read);
    await fetchQuery(relayEnvironment, artifact("AppPaperQuery") as never, { id }).toPromise();
    await new Promise((resolve, reject) => {
      relay.commitMutation(relayEnvironment, {
        mutation: artifact("AppUpvoteMutation"),
        variables: { input: { paperId: id } },
        onCompleted: resolve,
        onError: reject,
      });
    });
    expect(relayEnvironment.lookup(read.fragment).data).toMatchObject({ paper: { upvoteCount: 12 } });
  });

  it("gets nothing for a document that is not in its manifest", async () => {
    const manifest = JSON.parse(readFileSync(join(folder, "persisted.json"), "utf8")) as Record<
      string,
      string
    >;
    expect(Object.keys(manifest)).toHaveLength(7);
    const response = await fetch(api.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ papers { totalCount } }" }),
    });
    expect(await response.text()).toContain("DOCUMENT_NOT_TRUSTED");
  });
});
