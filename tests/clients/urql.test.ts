import { cacheExchange, createClient, fetchExchange, gql } from "@urql/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listeningApi, recordingFetch, type Exchange, type ListeningApi } from "./listening-api.js";

let api: ListeningApi;
beforeAll(async () => {
  api = await listeningApi();
});
afterAll(() => api.close());

function client(headers: Record<string, string> = {}) {
  const recording: { fetch: typeof fetch; exchanges: Exchange[] } = recordingFetch();
  const urql = createClient({
    url: api.url,
    exchanges: [cacheExchange, fetchExchange],
    fetch: recording.fetch,
    fetchOptions: { headers },
  });
  return { urql, exchanges: recording.exchanges };
}

const PAPERS = gql`
  query Papers($filter: PaperFilter, $after: String) {
    papers(filter: $filter, first: 5, after: $after) {
      nodes {
        id
        title
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

interface Page {
  papers: { nodes: { title: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
}

describe("urql with its defaults", () => {
  it("reads pages with a variable of a recursive input type, by GET without a preflight's header", async () => {
    const { urql, exchanges } = client();
    const filter = { not: { year: { gte: 2026 } } };
    const titles: string[] = [];
    for (let after: string | null = null; ;) {
      const { data, error } = await urql.query<Page>(PAPERS, { filter, after }).toPromise();
      expect(error).toBeUndefined();
      titles.push(...data!.papers.nodes.map(({ title }) => title));
      if (!data!.papers.pageInfo.hasNextPage) break;
      after = data!.papers.pageInfo.endCursor;
    }
    expect(titles).toEqual(Array.from({ length: 12 }, (_, n) => `Diffusion ${11 - n}`));
    expect(exchanges.map(({ method, status }) => [method, status])).toEqual([
      ["GET", 200],
      ["GET", 200],
      ["GET", 200],
    ]);
  });

  it("writes with a token, and reads anew what the mutation's payload names", async () => {
    const { urql } = client({ authorization: api.authorization });
    const { externalId } = api.papers[0]!;
    const query = gql`
      query ($id: ID!) {
        paper(id: $id) {
          id
          viewerHasUpvoted
        }
      }
    `;
    const ask = () =>
      urql.query<{ paper: { viewerHasUpvoted: boolean } }>(query, { id: externalId }).toPromise();
    expect((await ask()).data?.paper.viewerHasUpvoted).toBe(false);
    const { error } = await urql
      .mutation(
        gql`
          mutation ($input: UpvoteInput!) {
            addUpvote(input: $input) {
              paper {
                id
                viewerHasUpvoted
              }
            }
          }
        `,
        { input: { paperId: externalId } },
      )
      .toPromise();
    expect(error).toBeUndefined();
    expect((await ask()).data?.paper.viewerHasUpvoted).toBe(true);
  });

  it("keeps what was answered beside an error, and tells its code", async () => {
    const { urql } = client();
    const { data, error } = await urql
      .query<object>(`{ papers(first: 101) { totalCount } tag(id: "diffusion") { name } }`, {})
      .toPromise();
    expect(data).toMatchObject({ papers: null, tag: { name: "diffusion" } });
    expect(error?.graphQLErrors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", argument: "first" });
  });
});
