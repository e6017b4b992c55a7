import {
  Arg,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from "type-graphql";
import { signedIn, type Context } from "../context/request-context.js";
import { Paper } from "../papers/paper.entity.js";
import { paperExternalId } from "../papers/paper.store.js";
import type { UpvoteStore } from "./upvote.store.js";

@InputType({ description: "The paper to upvote, or to take the upvote from." })
export class UpvoteInput {
  @Field(() => ID, { description: "The paper: whatever `Query.paper` takes." })
  paperId: string;

  @Field(() => String, { nullable: true, description: "Anything; it comes back in the payload." })
  clientMutationId?: string | null;
}

@ObjectType({
  simpleResolvers: true,
  description: "A paper after the viewer's upvote was given or taken away.",
})
export class UpvotePayload {
  @Field(() => Paper, { description: "The paper as it is now." })
  paper: Paper;

  @Field(() => Boolean, { description: "Whether this changed anything; false when it was so already." })
  changed: boolean;

  @Field(() => String, { nullable: true, description: "The one that was given." })
  clientMutationId?: string | null;
}

@Resolver(() => Paper)
export class UpvoteResolver {
  @FieldResolver(() => Boolean, {
    description: "Whether the viewer has upvoted the paper; false when anonymous.",
  })
  viewerHasUpvoted(@Root() paper: Paper, @Ctx() context: Context): Promise<boolean> {
    return context.loaders.upvotes.viewerHasUpvoted(paper.key);
  }

  @Mutation(() => UpvotePayload, {
    nullable: true,
    description: "Upvotes a paper for the viewer; twice is once.",
  })
  addUpvote(
    @Arg("input", () => UpvoteInput, { description: "The paper to upvote." }) input: UpvoteInput,
    @Ctx() context: Context,
  ): Promise<UpvotePayload> {
    return changeUpvote("add", input, context);
  }

  @Mutation(() => UpvotePayload, {
    nullable: true,
    description: "Takes the viewer's upvote of a paper away; without one, nothing happens.",
  })
  removeUpvote(
    @Arg("input", () => UpvoteInput, { description: "The paper to take the upvote from." })
    input: UpvoteInput,
    @Ctx() context: Context,
  ): Promise<UpvotePayload> {
    return changeUpvote("remove", input, context);
  }
}

async function changeUpvote(
  deed: keyof Pick<UpvoteStore, "add" | "remove">,
  { paperId, clientMutationId }: UpvoteInput,
  context: Context,
): Promise<UpvotePayload> {
  const viewer = signedIn(context);
  const externalId = paperExternalId(paperId, "input.paperId");
  const { paper, changed } = await context.upvotes[deed](viewer.key, externalId, context.paperColumns);
  context.loaders.upvotes.know(paper.key, deed === "add");
  return { paper, changed, clientMutationId };
}
