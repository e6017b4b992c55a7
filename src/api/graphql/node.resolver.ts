import { Arg, Ctx, ID, Query, Resolver } from "type-graphql";
import type { Context } from "../../context/request-context.js";
import { badInput } from "../../shared/errors.js";
import { MAX_LIST } from "../../shared/validate-input.js";
import { findNodes } from "../../catalogue/find-nodes.js";
import { Node } from "../../shared/node.js";

@Resolver()
export class NodeResolver {
  @Query(() => Node, {
    nullable: true,
    description: "An object by its global id; null if it does not exist or the viewer may not see it.",
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
    description:
      "Several objects by their global ids, in the order of the ids; null for an id without an object.",
  })
  nodes(
    @Arg("ids", () => [ID], { description: `Global ids, at most ${MAX_LIST}.` }) ids: string[],
    @Ctx() context: Context,
  ): Promise<(Node | null)[]> {
    if (ids.length > MAX_LIST) throw badInput("ids", `takes at most ${MAX_LIST} values.`);
    return findNodes(ids, context);
  }
}
