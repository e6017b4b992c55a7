import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from "type-graphql";
import type { Context } from "../../context/request-context.js";
import { absoluteUrl } from "../../shared/absolute-url.js";
import type { PageArgs } from "../../shared/pagination/connection.js";
import { nameConnection } from "../named-entity.connection.js";
import type { NameListArgs } from "../named-entity.store.js";
import { Organisation } from "./organisation.entity.js";

const organisations = nameConnection(Organisation, "Organisation", "organisations");
export const OrganisationConnectionResolver = organisations.ConnectionResolver;

@Resolver(() => Organisation)
export class OrganisationResolver {
  @Query(() => Organisation, { nullable: true, description: "One organisation; null when it is not known." })
  async organisation(
    @Arg("id", () => ID, { description: "Its global id or slug." }) id: string,
    @Ctx() context: Context,
  ): Promise<Organisation | null> {
    const [organisation] = await context.organisations.find([id], "id");
    return organisation ?? null;
  }

  @Query(() => organisations.Connection, {
    nullable: true,
    description: "Organisations: searched, filtered, ordered, page by page.",
  })
  organisations(
    @Args(() => organisations.Args) args: NameListArgs & PageArgs,
    @Ctx() context: Context,
  ): object {
    return new organisations.Connection(context.organisations.list(args));
  }

  @FieldResolver(() => String, { nullable: true, description: "The URL of its picture." })
  avatarUrl(@Root() { avatarUrl }: Organisation): string | null {
    return absoluteUrl(avatarUrl);
  }
}
