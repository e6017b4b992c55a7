import { Arg, Args, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from "type-graphql";
import sql from "sql-template-tag";
import type { Context } from "../context/request-context.js";
import { Author } from "../catalogue/authors/author.entity.js";
import { Organisation } from "../catalogue/organisations/organisation.entity.js";
import { MAX_PAGE, PageArgs } from "../shared/pagination/connection.js";
import { DEFAULT_FEW, wholeNumber } from "../shared/validate-input.js";
import { OrderDirection } from "../shared/order-direction.js";
import { Tag } from "../catalogue/tags/tag.entity.js";
import { User } from "../users/user.entity.js";
import type { ListedAuthor } from "./relations/author.js";
import { Authorship } from "./relations/authorship.js";
import { CitationFormat, citePaper } from "./citations/citation.js";
import { PaperConnection } from "./list/paper-connection.js";
import { PaperListArgs, paperConnection } from "./list/paper-list.js";
import { ALL_PAPERS, papersOfOrganisation, papersOfTag } from "./list/paper-scopes.js";
import { Paper } from "./paper.entity.js";
import { PaperOrderField } from "./list/paper.order.js";

/** How many related papers or tags one may ask for. */
const MAX_RELATED = 50;

const FIRST_AUTHORS = {
  nullable: true,
  description: `The first items, 0 to ${MAX_PAGE}. Default: all. See \`Paper.authorCount\`.`,
};

@Resolver(() => Paper)
export class PaperResolver {
  @Query(() => Paper, { nullable: true, description: "One paper; null when it is not known." })
  paper(
    @Arg("id", () => ID, {
      description:
        "Its global id, its arXiv id with or without version, its other source's id, or its address at arxiv.org or huggingface.co/papers.",
    })
    id: string,
    @Ctx() context: Context,
  ): Promise<Paper | null> {
    return context.papers.find(id, "id", context.paperColumns);
  }

  @Query(() => PaperConnection, {
    nullable: true,
    description: "Papers: searched, filtered, ordered, page by page.",
  })
  papers(@Args(() => PaperListArgs) args: PaperListArgs, @Ctx() context: Context): Promise<PaperConnection> {
    return paperConnection(context, args, ALL_PAPERS);
  }

  @FieldResolver(() => [Author], { description: "The authors in the paper's order." })
  authors(
    @Root() paper: Paper,
    @Arg("first", () => Int, FIRST_AUTHORS) first: number | null | undefined,
    @Ctx() context: Context,
  ): Promise<Author[]> {
    return firstAuthors(paper, first, context);
  }

  @FieldResolver(() => [Authorship], {
    description: "The authors with their facts that belong to this paper alone, in the paper's order.",
  })
  async authorships(
    @Root() paper: Paper,
    @Arg("first", () => Int, FIRST_AUTHORS) first: number | null | undefined,
    @Ctx() context: Context,
  ): Promise<Authorship[]> {
    const authors = await firstAuthors(paper, first, context);
    return authors.map((author) => new Authorship(author));
  }

  @FieldResolver(() => [Organisation], { description: "The organisations that the paper comes from." })
  organisations(@Root() paper: Paper, @Ctx() context: Context): Organisation[] | Promise<Organisation[]> {
    return context.loaders.papers.organisationsOfPaper(paper);
  }

  @FieldResolver(() => [Tag], { description: "The paper's tags: keywords and subject classes." })
  tags(@Root() paper: Paper, @Ctx() context: Context): Tag[] | Promise<Tag[]> {
    return context.loaders.papers.tagsOfPaper(paper);
  }

  @FieldResolver(() => User, { nullable: true, description: "Who put the paper into Daily Papers." })
  submittedBy(@Root() paper: Paper, @Ctx() context: Context): Promise<User | null> | null {
    return paper.submittedByKey === null ? null : context.loaders.users.byKey.load(paper.submittedByKey);
  }

  @FieldResolver(() => [Paper], {
    nullable: true,
    description: "Papers on the same subject, the nearest first.",
  })
  related(
    @Root() paper: Paper,
    @Arg("first", () => Int, {
      nullable: true,
      defaultValue: DEFAULT_FEW,
      description: `How many, 1 to ${MAX_RELATED}.`,
    })
    first: number | null,
    @Ctx() context: Context,
  ): Promise<Paper[]> {
    return context.loaders.papers.relatedTo(
      paper,
      wholeNumber(first ?? DEFAULT_FEW, "first", 1, MAX_RELATED),
    );
  }

  @FieldResolver(() => String, { nullable: true, description: "The paper as a citation." })
  async citation(
    @Root() paper: Paper,
    @Arg("format", () => CitationFormat, { description: "The format." }) format: CitationFormat,
    @Ctx() context: Context,
  ): Promise<string> {
    const [authors, tags] = await Promise.all([
      context.loaders.papers.authorsOfPaper(paper),
      context.loaders.papers.tagsOfPaper(paper),
    ]);
    await context.work?.yieldIfDue();
    const named = { authors: authors.map(({ name }) => name), tags: tags.map(({ name }) => name) };
    return citePaper({ paper, ...named }, format);
  }
}

async function firstAuthors(
  paper: Paper,
  first: number | null | undefined,
  { loaders }: Context,
): Promise<ListedAuthor[]> {
  const most = first == null ? undefined : wholeNumber(first, "first", 0, MAX_PAGE);
  const authors = await loaders.papers.authorsOfPaper(paper);
  return authors.slice(0, most);
}

@Resolver(() => Organisation)
export class OrganisationPapersResolver {
  @FieldResolver(() => PaperConnection, { nullable: true, description: "The organisation's papers." })
  papers(
    @Root() organisation: Organisation,
    @Args(() => PaperListArgs) args: PaperListArgs,
    @Ctx() context: Context,
  ): Promise<PaperConnection> {
    return paperConnection(context, args, papersOfOrganisation(organisation));
  }
}

@Resolver(() => Tag)
export class TagPapersResolver {
  @FieldResolver(() => PaperConnection, { nullable: true, description: "The papers that have the tag." })
  papers(
    @Root() tag: Tag,
    @Args(() => PaperListArgs) args: PaperListArgs,
    @Ctx() context: Context,
  ): Promise<PaperConnection> {
    return paperConnection(context, args, papersOfTag(tag));
  }
}

@Resolver(() => User)
export class UserPapersResolver {
  @FieldResolver(() => PaperConnection, {
    nullable: true,
    description:
      "The papers that the user has upvoted, the latest upvote first; null unless the user is the viewer.",
  })
  upvotedPapers(
    @Root() user: User,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: Context,
  ): Promise<PaperConnection> | null {
    if (user.key !== context.viewer?.key) return null;
    const mine = sql`FROM upvotes u WHERE u.user_id = ${user.key} AND u.paper_id = p.id`;
    return paperConnection(context, args, {
      kind: "upvoted",
      personal: true,
      where: sql`EXISTS (SELECT ${mine})`,
      keys: [
        {
          expression: sql`(SELECT u.created_at ${mine})`,
          type: "timestamptz",
          nullable: false,
          direction: "DESC",
        },
        { expression: sql`p.id`, type: "integer", nullable: false, direction: "DESC" },
      ],
    });
  }

  @FieldResolver(() => PaperConnection, {
    nullable: true,
    description: "The papers that the user put into Daily Papers, the latest first.",
  })
  submittedPapers(
    @Root() user: User,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: Context,
  ): Promise<PaperConnection> {
    return paperConnection(context, args, {
      kind: "submitted",
      scope: (parent) => sql`p.submitted_by = ${parent}`,
      parent: user.key,
      defaultOrder: [{ field: PaperOrderField.SUBMITTED_AT, direction: OrderDirection.DESC }],
    });
  }
}
