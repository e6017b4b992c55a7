import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from "type-graphql";
import type { Context } from "../context/request-context.js";
import { notFound } from "../shared/errors.js";
import { DigestFrequency } from "./digest-frequency.js";

@InputType({ description: "Who wants the digest, and how often." })
export class SubscribeInput {
  @Field(() => String, { description: "The e-mail address." })
  email: string;

  @Field(() => DigestFrequency, { description: "How often it comes." })
  frequency: DigestFrequency = DigestFrequency.DAILY;

  @Field(() => String, { nullable: true, description: "Anything; it comes back in the payload." })
  clientMutationId?: string | null;
}

@ObjectType({ description: "What came of asking for the digest." })
export class SubscriptionPayload {
  @Field(() => Boolean, {
    description:
      "That the address will get a mail with a link to confirm, unless it got some today already. Always true: it never tells whether an address is known.",
  })
  accepted: boolean;

  @Field(() => String, { nullable: true, description: "The one that was given." })
  clientMutationId?: string | null;
}

@Resolver()
export class SubscribeResolver {
  @Mutation(() => SubscriptionPayload, {
    nullable: true,
    description:
      "Asks for the digest by e-mail, or for another frequency of it; nobody has to be signed in. It comes once the link in the mail that is sent is confirmed. NOT_FOUND on a server that sends no digest; RATE_LIMITED for too many requests.",
  })
  async subscribeToDigest(
    @Arg("input", () => SubscribeInput, { description: "Who wants the digest, and how often." })
    { email, frequency, clientMutationId }: SubscribeInput,
    @Ctx() { digestDesk, clientAddress }: Context,
  ): Promise<SubscriptionPayload> {
    if (!digestDesk) throw notFound("digest on this server", "input");
    await digestDesk.ask({ email, frequency, from: clientAddress }, "input.email");
    return { accepted: true, clientMutationId };
  }
}
