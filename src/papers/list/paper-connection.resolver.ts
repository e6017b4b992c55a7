import { Ctx, FieldResolver, Int, Resolver, Root } from "type-graphql";
import type { Context } from "../../context/request-context.js";
import { didYouMean } from "../../search/suggestions/did-you-mean.js";
import { PageInfo } from "../../shared/pagination/connection.js";
import {
  CountRelation,
  Highlight,
  PaperConnection,
  PaperEdgeType,
  SearchInfo,
  type PaperPage,
} from "./paper-connection.js";
import { Paper } from "../paper.entity.js";
import type { PaperCount, PaperEdge } from "../paper.store.js";

@Resolver(() => PaperConnection)
export class PaperConnectionResolver {
  @FieldResolver(() => [PaperEdgeType], { description: "The page's papers with their cursors." })
  async edges(@Root() connection: PaperConnection, @Ctx() context: Context): Promise<ListedPaper[]> {
    const { edges } = await pageOf(connection, context);
    return edges.map((edge) => ({
      get cursor() {
        return edge.cursor;
      },
      node: edge.node,
      score: edge.score,
      connection,
    }));
  }

  @FieldResolver(() => [Paper], { description: "The page's papers." })
  async nodes(@Root() connection: PaperConnection, @Ctx() context: Context): Promise<Paper[]> {
    const { edges } = await pageOf(connection, context);
    return edges.map((edge) => edge.node);
  }

  @FieldResolver(() => PageInfo, {
    description: "The page's cursors, and whether there are pages before and after it.",
  })
  async pageInfo(@Root() connection: PaperConnection, @Ctx() context: Context): Promise<PageInfo> {
    const { pageInfo } = await pageOf(connection, context);
    return pageInfo;
  }

  @FieldResolver(() => Int, {
    description: "The number of papers in the whole list; counted only when selected.",
  })
  async totalCount(@Root() connection: PaperConnection, @Ctx() context: Context): Promise<number> {
    return (await countOf(connection, context)).count;
  }

  @FieldResolver(() => CountRelation, {
    description: "Whether `totalCount` is exact; matches of a search are counted up to 10,000.",
  })
  async totalCountRelation(
    @Root() connection: PaperConnection,
    @Ctx() context: Context,
  ): Promise<CountRelation> {
    const { isCut } = await countOf(connection, context);
    return isCut ? CountRelation.AT_LEAST : CountRelation.EXACT;
  }

  @FieldResolver(() => SearchInfo, {
    nullable: true,
    description: "How the search was understood; null without one.",
  })
  searchInfo(
    @Root() connection: PaperConnection,
  ): (Omit<SearchInfo, "didYouMean"> & { connection: PaperConnection }) | null {
    const { search } = connection.list;
    return search && { ...search.info, connection };
  }
}

@Resolver(() => SearchInfo)
export class SearchInfoResolver {
  @FieldResolver(() => String, {
    nullable: true,
    description: "A corrected search, if few papers match the search; null if no correction finds more.",
  })
  async didYouMean(
    @Root() info: SearchInfo & { connection: PaperConnection },
    @Ctx() context: Context,
  ): Promise<string | null> {
    const { connection } = info;
    const { search } = connection.list;
    if (!search) return null;
    return didYouMean(context.db, search, async () => (await countOf(connection, context)).count);
  }
}

interface ListedPaper extends PaperEdge {
  connection: PaperConnection;
}

@Resolver(() => PaperEdgeType)
export class PaperEdgeResolver {
  @FieldResolver(() => [Highlight], {
    description: "The matches of the search in the paper; empty without a search.",
  })
  highlights(@Root() edge: ListedPaper, @Ctx() context: Context): Promise<Highlight[]> | Highlight[] {
    const { search } = edge.connection.list;
    return search ? context.loaders.papers.highlights(search, edge.node) : [];
  }
}

function countOf({ list, parent }: PaperConnection, context: Context): Promise<PaperCount> {
  return context.loaders.papers.count(list, parent);
}

function pageOf({ list, slice, parent }: PaperConnection, context: Context): Promise<PaperPage> {
  return context.loaders.papers.page(list, slice, parent, context.paperColumns);
}
