import { Field, ID, InterfaceType } from "type-graphql";
import { PapergraphError, badInput } from "./errors.js";

/** The types that have a global id. A name here is part of every id given out: never rename one. */
const NODE_TYPES = ["Paper", "Organisation", "Tag", "Author", "User", "Comment", "AccessToken"] as const;
export type NodeType = (typeof NODE_TYPES)[number];

@InterfaceType({ description: "An object with a global id, by which it can be fetched again." })
export abstract class Node {
  @Field(() => ID, {
    description:
      "Globally unique, opaque id: pass it back unchanged, for example to `node`. Its format may change.",
  })
  id: string;
}

/**
 * @param key what is stable when the database is filled anew: a paper's source id, a slug, a user name; the row's
 * number for what exists only here.
 */
export function globalId(type: NodeType, key: string | number): string {
  return Buffer.from(`${type}:${key}`).toString("base64url");
}

/** @returns the parts of a global id, or null when the text is none. */
export function parseGlobalId(id: string): { type: NodeType; key: string } | null {
  if (!/^[\w-]+$/.test(id)) return null;
  const text = Buffer.from(id, "base64url").toString();
  const colon = text.indexOf(":");
  const type = NODE_TYPES.find((name) => name === text.slice(0, colon));
  const key = text.slice(colon + 1);
  // Only the one spelling that globalId writes: an id is compared as text.
  if (!type || !key || globalId(type, key) !== id || key.includes("\0")) return null;
  return { type, key };
}

/** @returns the row's number in the global id of a `type`. @throws BAD_USER_INPUT naming the argument. */
export function numberOfGlobalId(type: NodeType, id: string, argument: string): number {
  const parsed = parseGlobalId(id);
  const key = Number(parsed?.key);
  if (parsed?.type !== type || !Number.isInteger(key) || key < 1 || key > 2_147_483_647) {
    throw badInput(argument, `takes the id of a ${type}, as this API gave it.`);
  }
  return key;
}

/** @returns the error for an operation that needs a signed-in viewer. */
export function unauthenticated(): PapergraphError {
  return new PapergraphError(
    "UNAUTHENTICATED",
    "Sign in: send the header `Authorization: Bearer <access token>`.",
  );
}
