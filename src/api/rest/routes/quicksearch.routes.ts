import { Type } from "typebox";
import { CACHE_FOR } from "../../http/caching.js";
import { paperConnection } from "../../../papers/list/paper-list.js";
import { ALL_PAPERS } from "../../../papers/list/paper-scopes.js";
import { PaperOrderField } from "../../../papers/list/paper.order.js";
import { OrderDirection } from "../../../shared/order-direction.js";
import type { Context } from "../../../context/request-context.js";
import { papersCost } from "../../cost/rest-cost.js";
import type { Door, RestApp } from "../rest-context.js";
import { countOf, pageOf } from "../pagination.js";
import { answers } from "../schemas/responses.js";
import { named, ref } from "../schemas/named.schema.js";
import { limit as limitParameter } from "../schemas/parameters.js";
import { HfUser } from "../schemas/people.schema.js";
import { writeUser } from "../presenters/user.presenter.js";

const MAX_EACH = 20;
const DEFAULT_EACH = 5;
type Kind = "paper" | "org" | "user";

const texts = (description: string) =>
  Type.Optional(Type.Array(Type.String(), { maxItems: 100, description }));

const Query = Type.Object({
  q: Type.Optional(Type.String({ maxLength: 250, description: "The text typed so far." })),
  limit: limitParameter(MAX_EACH, DEFAULT_EACH),
  type: texts("Which kinds: `paper`, `org`, `user`; kinds that are not kept here are empty. All without it."),
  "type[]": texts("The same as `type`."),
  exclude: texts("Papers to leave out: `papers/2505.24864`."),
  "exclude[]": texts("The same as `exclude`."),
});
type Query = Type.Static<typeof Query> & { q: string; limit: number };

export const Quicksearch = named("Quicksearch", "A few of each kind, with the number of all.", {
  q: Type.String(),
  papers: Type.Array(Type.Object({ id: Type.String(), title: Type.String(), upvotes: Type.Integer() })),
  papersCount: Type.Integer(),
  orgs: Type.Array(
    Type.Object({
      name: Type.String(),
      fullname: Type.String(),
      avatarUrl: Type.Optional(Type.String()),
      type: Type.Literal("org"),
    }),
  ),
  orgsCount: Type.Integer(),
  users: Type.Array(ref(HfUser)),
  usersCount: Type.Integer(),
  models: Type.Array(Type.Object({}), {
    description: "Not kept here: always empty, as are datasets, Spaces and collections.",
  }),
  modelsCount: Type.Integer(),
  datasets: Type.Array(Type.Object({})),
  datasetsCount: Type.Integer(),
  spaces: Type.Array(Type.Object({})),
  spacesCount: Type.Integer(),
  collections: Type.Array(Type.Object({})),
  collectionsCount: Type.Integer(),
});

const NOT_KEPT = {
  models: [],
  modelsCount: 0,
  datasets: [],
  datasetsCount: 0,
  spaces: [],
  spacesCount: 0,
  collections: [],
  collectionsCount: 0,
};

export function quicksearchRoutes(app: RestApp, door: Door): void {
  app.get(
    "/api/quicksearch",
    {
      config: { cacheFor: CACHE_FOR, cost: papersCost({ usual: 10, highlights: true }) },
      schema: {
        tags: ["Papers"],
        operationId: "quicksearch",
        summary: "Papers, organisations and users while somebody types",
        querystring: Query,
        response: answers(ref(Quicksearch)),
      },
    },
    async (request) => {
      const context = await door.contextOf(request);
      const { q = "", limit = DEFAULT_EACH, ...rest } = request.query;
      const query = { ...rest, q, limit };
      const kinds = [...(query.type ?? []), ...(query["type[]"] ?? [])];
      const wanted = (kind: Kind) => query.q.trim() !== "" && (!kinds.length || kinds.includes(kind));
      const [papers, orgs, users] = await Promise.all([
        wanted("paper") ? findPapers(context, query) : { papers: [], papersCount: 0 },
        wanted("org") ? findOrganisations(context, query) : { orgs: [], orgsCount: 0 },
        wanted("user") ? findUsers(context, query) : { users: [], usersCount: 0 },
      ]);
      return { q: query.q, ...papers, ...orgs, ...users, ...NOT_KEPT };
    },
  );
}

async function findPapers(context: Context, query: Query) {
  const excluded = [...(query.exclude ?? []), ...(query["exclude[]"] ?? [])].flatMap(
    (thing) => /^papers\/(.+)$/.exec(thing)?.[1] ?? [],
  );
  const connection = await paperConnection(
    context,
    {
      search: beginningOf(query.q),
      filter: excluded.length ? { not: { ids: excluded } } : null,
      orderBy: [
        { field: PaperOrderField.RELEVANCE, direction: OrderDirection.DESC },
        { field: PaperOrderField.UPVOTES, direction: OrderDirection.DESC },
      ],
      first: query.limit,
    },
    ALL_PAPERS,
  );
  const [{ edges }, { count: papersCount }] = await Promise.all([
    pageOf(context, connection),
    countOf(context, connection),
  ]);
  const papers = edges.map(({ node: { externalId, title, upvoteCount } }) => ({
    id: externalId,
    title,
    upvotes: upvoteCount,
  }));
  return { papers, papersCount };
}

/** The last word is perhaps not typed to its end. */
function beginningOf(q: string): string {
  return /[\p{L}\p{N}]{3}$/u.test(q) ? `${q}*` : q;
}

async function findOrganisations(context: Context, { q, limit: first }: Query) {
  const list = context.organisations.list({ search: q, first });
  const [{ edges }, orgsCount] = await Promise.all([list.page(), list.count()]);
  const orgs = edges.map(({ node: { slug, name, avatarUrl } }) => ({
    name: slug,
    fullname: name,
    avatarUrl: avatarUrl ?? undefined,
    type: "org" as const,
  }));
  return { orgs, orgsCount };
}

async function findUsers(context: Context, { q, limit: first }: Query) {
  const { users, count } = await context.users.search(q, first);
  return { users: users.map(writeUser), usersCount: count };
}
