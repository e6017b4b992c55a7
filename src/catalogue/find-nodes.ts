import type { Context } from "../context/request-context.js";
import { parseGlobalId, type Node, type NodeType } from "../shared/node.js";

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
