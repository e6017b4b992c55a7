import type { Organisation } from "../../../catalogue/organisations/organisation.entity.js";
import { isWebAddress } from "../../../shared/absolute-url.js";
import type { User } from "../../../users/user.entity.js";
import type { HfOrganization, HfUser } from "../schemas/people.schema.js";

/** A user as Hugging Face writes one: here its handle is in `name`, there in `user`, so both have it. */
export function writeUser({ username, fullName, avatarUrl, source }: User): HfUser {
  const said = source ?? {};
  return {
    // Older records have some users' ids without the underscore.
    _id: textIn(said, "_id") ?? textIn(said, "id"),
    avatarUrl: avatarUrl ?? undefined,
    fullname: fullName ?? username,
    user: username,
    name: username,
    type: "user",
    isPro: said.isPro === true,
    isHf: flagIn(said, "isHf"),
    isHfAdmin: flagIn(said, "isHfAdmin"),
    isMod: flagIn(said, "isMod"),
    isUserFollowing: flagIn(said, "isUserFollowing"),
    followerCount: typeof said.followerCount === "number" ? said.followerCount : undefined,
  };
}

export function writeOrganization({ slug, name, avatarUrl, sourceId }: Organisation): HfOrganization {
  return { _id: sourceId ?? undefined, name: slug, fullname: name, avatar: avatarUrl ?? undefined };
}

/** @param said what the source said of an organisation, which is kept as it came: of that only its known keys are written. */
export function writeSourceOrganization(said: unknown): HfOrganization | undefined {
  if (typeof said !== "object" || said === null) return undefined;
  const organisation = said as Record<string, unknown>;
  const name = textIn(organisation, "name");
  if (name === undefined) return undefined;
  const avatar = textIn(organisation, "avatar");
  return {
    _id: textIn(organisation, "_id"),
    name,
    fullname: textIn(organisation, "fullname") ?? name,
    avatar: avatar !== undefined && isWebAddress(avatar) ? avatar : undefined,
  };
}

/** @returns the text that the source said under the key; undefined, which JSON leaves out, for anything else. */
export function textIn(said: Record<string, unknown>, key: string): string | undefined {
  const value = said[key];
  return typeof value === "string" ? value : undefined;
}

function flagIn(said: Record<string, unknown>, key: string): boolean | undefined {
  const value = said[key];
  return typeof value === "boolean" ? value : undefined;
}
