import {
  ApolloClient,
  CombinedGraphQLErrors,
  gql,
  HttpLink,
  InMemoryCache,
  type TypedDocumentNode,
} from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { relayStylePagination } from "@apollo/client/utilities";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listeningApi, recordingFetch, type Exchange, type ListeningApi } from "./listening-api.js";

let api: ListeningApi;
beforeAll(async () => {
  api = await listeningApi();
});
afterAll(() => api.close());

function client({ isPersisted = false } = {}): { apollo: ApolloClient; exchanges: Exchange[] } {
  const { fetch, exchanges } = recordingFetch();
  const http = new HttpLink({ uri: api.url, fetch, headers: { authorization: api.authorization } });
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  const apollo = new ApolloClient({
    link: isPersisted ? new PersistedQueryLink({ sha256 }).concat(http) : http,
    cache: new InMemoryCache({
      typePolicies: {
        Query: { fields: { papers: relayStylePagination(["search", "filter", "orderBy"]) } },
        DailyPapers: { keyFields: false, fields: { papers: relayStylePagination() }, merge: true },
      },
    }),
  });
  return { apollo, exchanges };
}

interface Titles {
  edges: { node: { id: string; title: string } }[];
  pageInfo: { hasNextPage: boolean; endCursor: string };
}

const PAPERS: TypedDocumentNode<{ papers: Titles }, { filter?: object; after?: string }> = gql`
  query Papers($filter: PaperFilter, $after: String) {
    papers(filter: $filter, first: 5, after: $after) {
      edges {
        cursor
        node {
          id
          title
        }
      }
      pageInfo {
        hasNextPage
        endCursor
        hasPreviousPage
        startCursor
      }
    }
  }
`;

const titlesOf = ({ edges }: Titles) => edges.map(({ node }) => node.title);
const ALL = Array.from({ length: 12 }, (_, n) => `Diffusion ${11 - n}`);

describe("Apollo Client with its defaults", () => {
  it("gets the same answer each time with a variable of a recursive input type", async () => {
    const { apollo } = client();
    const filter = { and: [{ not: { or: [{ year: { gte: 2026 } }] } }], tags: { anyOf: ["diffusion"] } };
    for (let time = 0; time < 6; time++) {
      const { data } = await apollo.query({
        query: PAPERS,
        variables: { filter },
        fetchPolicy: "network-only",
      });
      expect(titlesOf(data!.papers)).toEqual(ALL.slice(0, 5));
    }
  });

  it("appends pages in its cache without loss or doubles", async () => {
    const { apollo } = client();
    const observed = apollo.watchQuery({ query: PAPERS });
    const stop = observed.subscribe({ next: () => undefined });
    await apollo.query({ query: PAPERS });
    for (;;) {
      const { papers } = apollo.readQuery({ query: PAPERS })!;
      if (!papers.pageInfo.hasNextPage) break;
      await observed.fetchMore({ variables: { after: papers.pageInfo.endCursor } });
    }
    stop.unsubscribe();
    expect(titlesOf(apollo.readQuery({ query: PAPERS })!.papers)).toEqual(ALL);
  });

  it("appends pages of Daily Papers, whose page arguments stand on the connection", async () => {
    const { apollo } = client();
    const query: TypedDocumentNode<{ dailyPapers: { papers: Titles } }, { after?: string }> = gql`
      query Daily($after: String) {
        dailyPapers(date: "2026-01-02") {
          period {
            key
          }
          papers(first: 5, after: $after) {
            edges {
              cursor
              node {
                id
                title
              }
            }
            pageInfo {
              hasNextPage
              endCursor
            }
          }
        }
      }
    `;
    const read = () => apollo.readQuery({ query })!.dailyPapers.papers;
    await apollo.query({ query });
    while (read().pageInfo.hasNextPage) {
      const { data } = await apollo.query({
        query,
        variables: { after: read().pageInfo.endCursor },
        fetchPolicy: "network-only",
      });
      expect(data).toBeDefined();
    }
    expect(titlesOf(read()).sort()).toEqual([...ALL].sort());
  });

  it("updates what it has of a paper by the id in a mutation's payload", async () => {
    const { apollo } = client();
    const query = gql`
      query Paper($id: ID!) {
        paper(id: $id) {
          id
          upvoteCount
          viewerHasUpvoted
        }
      }
    `;
    const { id } = api.papers[3]!;
    await apollo.query({ query, variables: { id } });
    const mutation: TypedDocumentNode<{ addUpvote: { changed: boolean } }, { input: object }> = gql`
      mutation Upvote($input: UpvoteInput!) {
        addUpvote(input: $input) {
          changed
          paper {
            id
            upvoteCount
            viewerHasUpvoted
          }
        }
      }
    `;
    const { data } = await apollo.mutate({ mutation, variables: { input: { paperId: id } } });
    expect(data?.addUpvote.changed).toBe(true);
    expect(apollo.readQuery({ query, variables: { id } })).toMatchObject({
      paper: { upvoteCount: 9, viewerHasUpvoted: true },
    });
  });

  it("keeps what was answered beside an error, and tells its code and argument", async () => {
    const { apollo } = client();
    const { data, error } = await apollo.query({
      query: gql`
        query Partial {
          organisations(first: 101) {
            totalCount
          }
          tag(id: "diffusion") {
            name
          }
        }
      `,
      errorPolicy: "all",
    });
    expect(data).toMatchObject({ organisations: null, tag: { name: "diffusion" } });
    expect(CombinedGraphQLErrors.is(error)).toBe(true);
    expect((error as CombinedGraphQLErrors).errors).toMatchObject([
      { extensions: { code: "BAD_USER_INPUT", argument: "first" } },
    ]);
  });

  it("sends hashes of documents: unknown, registered, known", async () => {
    const { apollo, exchanges } = client({ isPersisted: true });
    const ask = () => apollo.query({ query: PAPERS, fetchPolicy: "network-only" }).then(({ data }) => data);
    expect(titlesOf((await ask())!.papers)).toEqual(ALL.slice(0, 5));
    expect(titlesOf((await ask())!.papers)).toEqual(ALL.slice(0, 5));
    expect(exchanges.map(({ status, body }) => [status, body.includes('"query"')])).toEqual([
      [200, false],
      [200, true],
      [200, false],
    ]);
    expect(exchanges[0]?.accept).toContain("application/graphql-response+json");
  });
});
