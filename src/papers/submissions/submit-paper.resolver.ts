import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from "type-graphql";
import { signedIn, type Context } from "../../context/request-context.js";
import { Paper } from "../paper.entity.js";
import { submitPaper } from "./submit-paper.js";

@InputType({ description: "The paper to put into Daily Papers." })
export class SubmitPaperInput {
  @Field(() => ID, { description: "The paper: whatever `Query.paper` takes." })
  paperId: string;

  @Field(() => String, {
    nullable: true,
    description: "Client-chosen id, returned unchanged in the payload.",
  })
  clientMutationId?: string | null;
}

@ObjectType({ description: "A paper that was changed." })
export class PaperPayload {
  @Field(() => Paper, { description: "The paper after the change." })
  paper: Paper;

  @Field(() => String, { nullable: true, description: "The `clientMutationId` of the input, unchanged." })
  clientMutationId?: string | null;
}

@Resolver()
export class SubmitPaperResolver {
  @Mutation(() => PaperPayload, {
    nullable: true,
    description:
      "Puts a known paper into today's Daily Papers (the day in UTC). Fails with CONFLICT if the paper is in Daily Papers already.",
  })
  async submitPaper(
    @Arg("input", () => SubmitPaperInput, { description: "The paper to put into Daily Papers." })
    { paperId, clientMutationId }: SubmitPaperInput,
    @Ctx() context: Context,
  ): Promise<PaperPayload> {
    const viewer = signedIn(context);
    const { id, key } = await context.papers.get(paperId, "input.paperId");
    await submitPaper(context.db, key, viewer.key);
    const paper = await context.papers.get(id, "input.paperId");
    return { paper, clientMutationId };
  }
}
