import type { GraphQLResolveInfo } from "graphql";
import { Args, Ctx, FieldResolver, Info, Int, Resolver, Root } from "type-graphql";
import type { Context } from "../../context/request-context.js";
import { PaperConnection } from "../../papers/list/paper-connection.js";
import { PageInfo } from "../../shared/pagination/connection.js";
import {
  PaperGroup,
  PaperGroupConnection,
  PaperGroupEdge,
  paperGroups,
  PaperGroupsArgs,
} from "./paper-groups.js";
import { statsParts } from "../stats/paper-stats.js";
import { selectedFields } from "../selected-fields.js";

@Resolver(() => PaperConnection)
export class PaperGroupsResolver {
  @FieldResolver(() => PaperGroupConnection, {
    nullable: true,
    description:
      "Groups of all papers that match, independent of the page: by tag, by organisation and year, … A paper with several tags is in the group of each; one without a value in a dimension is in no group.",
  })
  groups(
    @Root() connection: PaperConnection,
    @Args(() => PaperGroupsArgs) args: PaperGroupsArgs,
    @Info() info: GraphQLResolveInfo,
    @Ctx() { loaders }: Context,
  ): PaperGroupConnection {
    const nodes = selectedFields(info, "nodes", "stats");
    const edges = selectedFields(info, "edges", "node", "stats");
    return paperGroups(loaders.analytics, connection, args, statsParts(new Set([...nodes, ...edges])));
  }
}

@Resolver(() => PaperGroupConnection)
export class PaperGroupConnectionResolver {
  @FieldResolver(() => [PaperGroupEdge], { description: "The page's groups with their cursors." })
  async edges(@Root() groups: PaperGroupConnection): Promise<PaperGroupEdge[]> {
    return (await groups.page()).edges;
  }

  @FieldResolver(() => [PaperGroup], { description: "The page's groups." })
  async nodes(@Root() groups: PaperGroupConnection): Promise<PaperGroup[]> {
    return (await groups.page()).edges.map(({ node }) => node);
  }

  @FieldResolver(() => PageInfo, {
    description: "The page's cursors, and whether there are pages before and after it.",
  })
  async pageInfo(@Root() groups: PaperGroupConnection): Promise<PageInfo> {
    return (await groups.page()).pageInfo;
  }

  @FieldResolver(() => Int, {
    description: "The number of groups in the whole list; counted only when selected.",
  })
  totalCount(@Root() groups: PaperGroupConnection): Promise<number> {
    return groups.count();
  }
}
