import { PapergraphError } from "../errors.js";
import type { AccessTokenStore } from "./access-token.store.js";
import type { User } from "./user.entity.js";

/** One text for all that can be wrong: what is wrong with a token is told to nobody who has not its secret. */
const REFUSED =
  "The access token is not valid. Send `Authorization: Bearer <access token>` with one that is neither expired nor revoked, or leave the header out to ask anonymously.";

/**
 * @param header the request's Authorization header.
 * @returns who asks; null when the header is not there.
 * @throws UNAUTHENTICATED for a header that names nobody: it never makes a request anonymous.
 */
export async function authenticate(
  header: string | undefined,
  tokens: Pick<AccessTokenStore, "authenticate">,
): Promise<User | null> {
  if (header === undefined) return null;
  const secret = /^bearer +([^ ]+)$/i.exec(header.trim())?.[1];
  const user = secret === undefined ? null : await tokens.authenticate(secret);
  if (!user) throw new PapergraphError("UNAUTHENTICATED", REFUSED);
  return user;
}
