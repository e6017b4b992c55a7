import Fastify from "fastify";
import type { MercuriusContext } from "mercurius";
import mercurius from "mercurius";
import { createHash } from "node:crypto";
import pg from "pg";

/**
 * The reference of bench/http.ts: the same answers as an experienced team would write them by hand for exactly these
 * questions. Mercurius with JIT, loaders that collect, prepared statements that read the selected columns alone, no
 * limits, no errors worth reading, no filters. It runs as a process of its own and prints its address.
 */
const SCHEMA = `
  type Query { papers(search: String, first: Int!): PaperConnection!  paper(id: ID!): Paper }
  type Mutation { addUpvote(input: UpvoteInput!): UpvotePayload! }
  input UpvoteInput { paperId: ID! }
  type UpvotePayload { changed: Boolean!  paper: Paper! }
  type PaperConnection { nodes: [Paper!]! }
  type Paper {
    id: ID!  title: String!  abstract: String  publishedAt: String!  upvoteCount: Int!  viewerHasUpvoted: Boolean!
    organisations: [Organisation!]!  tags: [Tag!]!
  }
  type Organisation { slug: String!  name: String! }
  type Tag { slug: String!  name: String! }
`;

interface PaperRow {
  key: number;
  externalId: string;
  publishedAt: Date;
  tagIds: number[];
  organisationIds: number[];
}
interface Named {
  id: number;
  slug: string;
  name: string;
}

const COLUMNS = `p.id AS key, p.external_id AS "externalId", p.title, p.published_at AS "publishedAt",
  p.upvote_count AS "upvoteCount", s.tag_ids AS "tagIds", s.organisation_ids AS "organisationIds"`;

const pool = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.DATABASE_POOL_SIZE),
});

async function rows<Row>(name: string, text: string, values: unknown[]): Promise<Row[]> {
  const result = await pool.query({ name, text, values });
  return result.rows as Row[];
}

const app = Fastify({ logger: { level: "error" } });

await app.register(mercurius, {
  schema: SCHEMA,
  jit: 1,
  context: async (request) => {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (!token) return { user: null };
    const hash = createHash("sha256").update(token).digest();
    const [user] = await rows<{ id: number }>(
      "user",
      `SELECT u.id FROM access_tokens t JOIN users u ON u.id = t.user_id
       WHERE t.hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())`,
      [hash],
    );
    return { user: user?.id ?? null };
  },
  resolvers: {
    Query: {
      papers: async (_, { search, first }: { search?: string; first: number }) => ({
        nodes: await (search ? searched(search, first) : latest(first)),
      }),
      paper: (_, { id }: { id: string }) => byId(id),
    },
    Mutation: {
      addUpvote: async (_, { input }: { input: { paperId: string } }, context) => {
        const { user } = context as MercuriusContext & { user: number | null };
        if (user === null) throw new Error("Sign in.");
        const [changed] = await rows(
          "addUpvote",
          `WITH added AS (
             INSERT INTO upvotes (user_id, paper_id) SELECT $1, id FROM papers WHERE external_id = $2
             ON CONFLICT DO NOTHING RETURNING paper_id
           ), noted AS (INSERT INTO upvote_changes (paper_id, delta) SELECT paper_id, 1 FROM added)
           UPDATE papers p SET upvote_local = p.upvote_local + 1 FROM added WHERE p.id = added.paper_id RETURNING p.id`,
          [user, input.paperId],
        );
        return { changed: changed !== undefined, paper: await byId(input.paperId) };
      },
    },
    Paper: {
      id: ({ externalId }: PaperRow) => Buffer.from(`Paper:${externalId}`).toString("base64url"),
      publishedAt: ({ publishedAt }: PaperRow) => publishedAt.toISOString(),
    },
  },
  loaders: {
    Paper: {
      organisations: async (queries: { obj: PaperRow }[]) =>
        named("organisations", queries, ({ organisationIds }) => organisationIds),
      tags: async (queries: { obj: PaperRow }[]) => named("tags", queries, ({ tagIds }) => tagIds),
      viewerHasUpvoted: async (queries: { obj: PaperRow }[], context) => {
        const { user } = context as unknown as { user: number | null };
        const given = await rows<{ paper_id: number }>(
          "upvoted",
          "SELECT paper_id FROM upvotes WHERE user_id = $1 AND paper_id = ANY($2)",
          [user, queries.map(({ obj }) => obj.key)],
        );
        const papers = new Set(given.map((row) => row.paper_id));
        return queries.map(({ obj }) => papers.has(obj.key));
      },
    },
  },
});

function latest(first: number): Promise<PaperRow[]> {
  return rows(
    "latest",
    `SELECT ${COLUMNS} FROM (SELECT * FROM papers ORDER BY published_at DESC, id DESC LIMIT $1) p
     JOIN paper_search s ON s.paper_id = p.id ORDER BY p.published_at DESC, p.id DESC`,
    [first],
  );
}

function searched(search: string, first: number): Promise<PaperRow[]> {
  return rows(
    "searched",
    `SELECT ${COLUMNS} FROM paper_search s JOIN papers p ON p.id = s.paper_id,
       websearch_to_tsquery('papergraph', search_text($1)) q
     WHERE s.tsv @@ q ORDER BY ts_rank(s.tsv, q) DESC, p.id DESC LIMIT $2`,
    [search, first],
  );
}

async function byId(id: string): Promise<PaperRow | null> {
  const [paper] = await rows<PaperRow>(
    "byId",
    `SELECT ${COLUMNS}, t.abstract FROM papers p JOIN paper_search s ON s.paper_id = p.id
     JOIN paper_texts t ON t.paper_id = p.id WHERE p.external_id = $1`,
    [id],
  );
  return paper ?? null;
}

async function named(
  table: "tags" | "organisations",
  queries: { obj: PaperRow }[],
  idsOf: (paper: PaperRow) => number[],
): Promise<Named[][]> {
  const ids = [...new Set(queries.flatMap(({ obj }) => idsOf(obj)))];
  const found = await rows<Named>(table, `SELECT id, slug, name FROM ${table} WHERE id = ANY($1)`, [ids]);
  const byKey = new Map(found.map((row) => [row.id, row]));
  return queries.map(({ obj }) => idsOf(obj).flatMap((id) => byKey.get(id) ?? []));
}

const address = await app.listen({ host: "127.0.0.1", port: 0 });
process.stderr.write(`Reference listens on ${address}\n`);
process.once("SIGTERM", () => {
  void app.close().then(() => pool.end());
});
