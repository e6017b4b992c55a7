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

@InputType({ description: "The paper whose upvote to add or remove." })
export class UpvoteInput {
  @Field(() => ID, { description: "The paper: whatever `Query.paper` takes." })
  paperId: string;

  @Field(() => String, {
    nullable: true,
    description: "Client-chosen id, returned unchanged in the payload.",
  })
  clientMutationId?: string | null;
}

@ObjectType({
  simpleResolvers: true,
  description: "A paper after the viewer's upvote was added or removed.",
})
export class UpvotePayload {
  @Field(() => Paper, { description: "The paper after the change." })
  paper: Paper;

  @Field(() => Boolean, { description: "Whether the mutation changed anything." })
  changed: boolean;

  @Field(() => String, { nullable: true, description: "The `clientMutationId` of the input, unchanged." })
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
    description: "Upvotes a paper for the viewer. Idempotent.",
  })
  addUpvote(
    @Arg("input", () => UpvoteInput, { description: "The paper to upvote." }) input: UpvoteInput,
    @Ctx() context: Context,
  ): Promise<UpvotePayload> {
    return changeUpvote("add", input, context);
  }

  @Mutation(() => UpvotePayload, {
    nullable: true,
    description: "Removes the viewer's upvote of a paper. Idempotent.",
  })
  removeUpvote(
    @Arg("input", () => UpvoteInput, { description: "The paper." })
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
