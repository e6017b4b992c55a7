import { Arg, Ctx, ID, Query, Resolver } from "type-graphql";
import type { Context } from "../context.js";
import { badInput } from "../errors.js";
import { MAX_LIST } from "../shared/input.js";
import { Node, parseGlobalId, type NodeType } from "../shared/node.js";

/** How the things of one type are found again, in the order of the keys, null for a miss. */
type Finder = (context: Context, keys: string[]) => Promise<(Node | null)[]>;

const FIND: Record<NodeType, Finder> = {
  Paper: ({ papers }, keys) => papers.byExternalIds(keys),
  Organisation: ({ organisations }, keys) => organisations.find(keys, "id"),
  Tag: ({ tags }, keys) => tags.find(keys, "id"),
  Author: ({ authors }, keys) => authors.find(keys, "id"),
  User: ({ users }, keys) => users.byGlobalKeys(keys),
  Comment: ({ comments }, keys) => comments.byKeys(numbers(keys)),
  AccessToken: ({ tokens, viewer }, keys) =>
    viewer ? tokens.byKeys(viewer.key, numbers(keys)) : Promise.resolve([]),
};

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description:
      "Anything by its global id; null when there is no such thing, or it is not the viewer's to see.",
  })
  async node(
    @Arg("id", () => ID, { description: "A global id." }) id: string,
    @Ctx() context: Context,
  ): Promise<Node | null> {
    const [node] = await findNodes([id], context);
    return node ?? null;
  }

  @Query(() => [Node], {
    nullable: "itemsAndList",
    description: "Several things by their global ids, in the order of the ids, null for a miss.",
  })
  nodes(
    @Arg("ids", () => [ID], { description: `Global ids, at most ${MAX_LIST}.` }) ids: string[],
    @Ctx() context: Context,
  ): Promise<(Node | null)[]> {
    if (ids.length > MAX_LIST) throw badInput("ids", `takes at most ${MAX_LIST} values.`);
    return findNodes(ids, context);
  }
}

/** @returns the things with these global ids, null for a miss: one statement for each type that is among the ids. */
export async function findNodes(ids: readonly string[], context: Context): Promise<(Node | null)[]> {
  const found = new Map<string, Node>();
  const parsed = ids.map((id) => parseGlobalId(id));
  await Promise.all(
    (Object.keys(FIND) as NodeType[]).map(async (type) => {
      const keys = [...new Set(parsed.flatMap((id) => (id?.type === type ? [id.key] : [])))];
      if (!keys.length) return;
      for (const node of await FIND[type](context, keys)) if (node) found.set(node.id, node);
    }),
  );
  return ids.map((id) => found.get(id) ?? null);
}

/** Keys that no row can have are left out: they are ids that this API never gave. */
function numbers(keys: readonly string[]): number[] {
  return keys.filter((key) => /^\d{1,9}$/.test(key)).map(Number);
}
