import { isDeepStrictEqual } from "node:util";
import sql from "sql-template-tag";
import type { DataSource } from "typeorm";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { databaseOf } from "../../src/platform/database/data-source.js";
import type { LoadRequest } from "./load.js";
import type { Server } from "./processes.js";
import { seededRandom } from "./random.js";

export interface HttpQuestion {
  name: string;
  /** Made anew for each round: who upvotes, upvotes something else. */
  requests(): LoadRequest[];
  /** @throws when the servers do not answer the same. */
  compare?(servers: readonly Server[]): Promise<void>;
}

const LIST = `query List($first: Int!) { papers(first: $first) { nodes {
  id title publishedAt upvoteCount organisations { slug name } tags { slug name } } } }`;
const PAPER = `query Paper($id: ID!) { paper(id: $id) {
  id title abstract publishedAt upvoteCount organisations { slug name } tags { slug name } } }`;
const SEARCH = `query Search($search: String!) { papers(search: $search, first: 20) { nodes {
  id title publishedAt upvoteCount organisations { slug name } tags { slug name } } } }`;
const UPVOTE = `mutation Upvote($id: ID!) { addUpvote(input: { paperId: $id }) {
  changed paper { id upvoteCount viewerHasUpvoted } } }`;

/** Of all kinds: a common pair, a rare word, a field's name. */
const SEARCHES = [
  "language model",
  "nvidia",
  "diffusion transformer",
  "quantum error correction",
  "graph neural network",
  "low rank adaptation",
  "speech recognition",
  "protein structure",
  "robot manipulation policy",
  "altermagnet",
];

const PAPERS = 500;
const VOTERS = 50;
const UPVOTES = 20_000;

/** @returns what is asked; makes the users who upvote, named bench-http-…. */
export async function httpQuestions(source: DataSource): Promise<HttpQuestion[]> {
  const db = databaseOf(source);
  const stores = createStores(db, columnsOf(source));
  const papers = await db.query<{ id: string }>(
    "bench.somePapers",
    sql`SELECT external_id AS id FROM papers ORDER BY hashtext(external_id) LIMIT ${UPVOTES}`,
  );
  const ids = papers.map(({ id }) => id);
  const tokens: string[] = [];
  for (let voter = 0; voter < VOTERS; voter++) {
    const user = await stores.users.create(`bench-http-${voter}-${Date.now()}`);
    tokens.push((await stores.tokens.create(user.key, "bench", null)).secret);
  }
  const random = seededRandom(7);
  const body = (query: string, variables: object) => JSON.stringify({ query, variables });
  const anonymous = (name: string, requests: LoadRequest[]): HttpQuestion => ({
    name,
    requests: () => requests,
    compare: (servers) => compare(name, servers, requests.slice(0, 20)),
  });
  return [
    anonymous("list", [{ body: body(LIST, { first: 20 }) }]),
    anonymous(
      "paper",
      ids.slice(0, PAPERS).map((id) => ({ body: body(PAPER, { id }) })),
    ),
    { name: "search", requests: () => SEARCHES.map((search) => ({ body: body(SEARCH, { search }) })) },
    {
      name: "upvote",
      requests: () =>
        Array.from({ length: 2_000 }, () => ({
          body: body(UPVOTE, { id: random.pick(ids) }),
          token: random.pick(tokens),
        })),
    },
  ];
}

async function compare(
  name: string,
  servers: readonly Server[],
  requests: readonly LoadRequest[],
): Promise<void> {
  for (const { body } of requests) {
    const answers = await Promise.all(
      servers.map(async ({ url }) => {
        const answer = await fetch(`${url}/graphql`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        });
        return answer.json();
      }),
    );
    if (!answers.every((answer) => isDeepStrictEqual(answer, answers[0])))
      throw new Error(`${name}: the servers answer differently: ${JSON.stringify(answers).slice(0, 2_000)}`);
  }
}
