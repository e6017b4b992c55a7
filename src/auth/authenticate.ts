import { PapergraphError } from "../shared/errors.js";
import { isOwn } from "./access-token-secret.js";
import type { AccessTokenStore } from "./access-token.store.js";
import type { IdentityProvider } from "./identity-provider.js";
import type { IdentityStore } from "./identity.store.js";
import type { Viewer } from "../users/viewer.js";

/** One text for all that can be wrong: what is wrong with a token is told to nobody who has not its secret. */
const REFUSED =
  "The access token is not valid. Send `Authorization: Bearer <access token>` with one that is neither expired nor revoked, or leave the header out to ask anonymously.";

/** Three parts in base64url. A signature there must be: `alg: none` has none. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Whether each part is spelled as encoders spell it: decoders ignore up to four last bits, so one token would have 16 spellings. */
function isCanonical(jwt: string): boolean {
  return jwt.split(".").every((part) => Buffer.from(part, "base64url").toString("base64url") === part);
}

/** What knows tokens. */
export interface TokenReaders {
  tokens: Pick<AccessTokenStore, "authenticate">;
  identities: Pick<IdentityStore, "userOf">;
  /** Null where no other tokens than our own are taken. */
  identityProvider: IdentityProvider | null;
}

/**
 * @param header the request's Authorization header.
 * @returns who asks; null when the header is not there.
 * @throws UNAUTHENTICATED for a header that names nobody: it never makes a request anonymous.
 */
export async function authenticate(
  header: string | undefined,
  readers: TokenReaders,
): Promise<Viewer | null> {
  if (header === undefined) return null;
  const token = /^bearer +([^ ]+)$/i.exec(header.trim())?.[1];
  const user = token === undefined ? null : await userOf(token, readers);
  if (!user) throw new PapergraphError("UNAUTHENTICATED", REFUSED);
  return user;
}

/** A token of a provider is verified anew each time, which is a fraction of a millisecond: nothing outlives its keys. */
async function userOf(token: string, readers: TokenReaders): Promise<Viewer | null> {
  const { tokens, identities, identityProvider } = readers;
  if (isOwn(token)) return tokens.authenticate(token);
  const identity =
    identityProvider && JWT.test(token) && isCanonical(token) ? await identityProvider.verify(token) : null;
  return identity && identities.userOf(identity);
}
