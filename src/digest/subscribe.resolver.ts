import { Arg, Ctx, Field, InputType, Mutation, ObjectType, Resolver } from "type-graphql";
import type { Context } from "../context/request-context.js";
import { notFound } from "../shared/errors.js";
import { DigestFrequency } from "./digest-frequency.js";

@InputType({ description: "The address and the frequency." })
export class SubscribeInput {
  @Field(() => String, { description: "The e-mail address." })
  email: string;

  @Field(() => DigestFrequency, { description: "How often the digest is sent." })
  frequency: DigestFrequency = DigestFrequency.DAILY;

  @Field(() => String, {
    nullable: true,
    description: "Client-chosen id, returned unchanged in the payload.",
  })
  clientMutationId?: string | null;
}

@ObjectType({ description: "The result of a subscription." })
export class SubscriptionPayload {
  @Field(() => Boolean, {
    description:
      "The request was accepted: the address gets a confirmation mail unless it has had some today. Always true, so that it does not reveal whether an address is known.",
  })
  accepted: boolean;

  @Field(() => String, { nullable: true, description: "The `clientMutationId` of the input, unchanged." })
  clientMutationId?: string | null;
}

@Resolver()
export class SubscribeResolver {
  @Mutation(() => SubscriptionPayload, {
    nullable: true,
    description:
      "Subscribes an e-mail address to the digest, or changes the frequency; no sign-in is needed. The subscription starts when the link in the confirmation mail is opened. Fails with NOT_FOUND on a server that sends no digest, and with RATE_LIMITED after too many requests.",
  })
  async subscribeToDigest(
    @Arg("input", () => SubscribeInput, { description: "The address and the frequency." })
    { email, frequency, clientMutationId }: SubscribeInput,
    @Ctx() { digestDesk, clientAddress }: Context,
  ): Promise<SubscriptionPayload> {
    if (!digestDesk) throw notFound("digest on this server", "input");
    await digestDesk.ask({ email, frequency, from: clientAddress }, "input.email");
    return { accepted: true, clientMutationId };
  }
}
