import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload } from "jose";
import { PapergraphError } from "../shared/errors.js";
import { PERSON_SOURCE } from "../users/claims/person-source.js";
import type { IdentitySettings } from "../config/auth.config.js";

/** Signatures by a private key. With HS256 the public key, which everybody knows, would be the secret; `none` is no signature. */
const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];

/** What a token calls itself: an access token (RFC 9068), or nothing in particular. */
const TYPES = new Set(["jwt", "at+jwt"]);

/** Seconds that clocks may differ. */
const CLOCK_SKEW = 60;
/** Characters of a token; with groups and roles they have some 2,000. */
const MAX_LENGTH = 8_000;
/** Names that Hugging Face gives to users. */
const HANDLE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const DAY = 86_400_000;
/** Characters of `sub`, as OpenID Connect has it. */
const MAX_SUBJECT = 255;

/** Milliseconds: how long keys are kept, how soon an unknown key is asked for again, and a provider that failed. */
const KEEP_KEYS = 10 * 60_000;
const COOLDOWN = 30_000;
const PAUSE_AFTER_FAILURE = 5_000;
const FETCH_TIMEOUT = 3_000;

/** Who a token was made for. */
export interface Identity {
  issuer: string;
  subject: string;
  /** What the provider calls them. */
  name: string;
  /** The imported person who they are, `source:handle`, as the provider has verified; null where it does not say. */
  person: string | null;
  /** The latest moment at which access tokens that they make now may expire. */
  tokensUntil: Date;
}

export interface IdentityProvider {
  /**
   * @returns null for a token that is not good: forged, expired, for somebody else.
   * @throws SERVICE_UNAVAILABLE when the provider's keys cannot be had.
   */
  verify(token: string): Promise<Identity | null>;
}

/** @param cooldown for tests: milliseconds before a key that is not known is asked for again. */
export function openIdentityProvider(
  settings: IdentitySettings,
  { cooldown = COOLDOWN } = {},
): IdentityProvider {
  const { jwksUrl, issuer, audience } = settings;
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    cacheMaxAge: KEEP_KEYS,
    cooldownDuration: cooldown,
    timeoutDuration: FETCH_TIMEOUT,
    [customFetch]: pausingFetch(Math.min(cooldown, PAUSE_AFTER_FAILURE)),
  });
  const options = {
    algorithms: ALGORITHMS,
    issuer,
    audience,
    clockTolerance: CLOCK_SKEW,
    requiredClaims: ["exp", "sub"],
  };
  return {
    async verify(token) {
      if (token.length > MAX_LENGTH) return null;
      try {
        const { payload, protectedHeader } = await jwtVerify(token, keys, options);
        return isType(protectedHeader.typ) ? identityOf(payload, settings) : null;
      } catch (error) {
        if (isRefusal(error)) return null;
        throw new PapergraphError(
          "SERVICE_UNAVAILABLE",
          "The identity provider cannot be reached at the moment. Try again shortly.",
          undefined,
          PAUSE_AFTER_FAILURE / 1_000,
        );
      }
    },
  };
}

/** A provider that does not answer is left alone for a moment, so that not every request waits for it. */
function pausingFetch(pause: number): typeof fetch {
  let failedAt = -Infinity;
  return async (...request) => {
    if (performance.now() - failedAt < pause) throw new Error("The identity provider failed a moment ago.");
    try {
      const response = await fetch(...request);
      if (!response.ok) failedAt = performance.now();
      return response;
    } catch (error) {
      failedAt = performance.now();
      throw error;
    }
  };
}

/** Whether something is wrong with the token, rather than with the keys to check it by. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    !(error instanceof errors.JWKSInvalid) &&
    error.code !== errors.JOSEError.code
  );
}

function isType(type = "jwt"): boolean {
  return TYPES.has(type.toLowerCase().replace(/^application\//, ""));
}

function identityOf(claims: JWTPayload, settings: IdentitySettings): Identity | null {
  const { sub, preferred_username: name } = claims;
  if (typeof sub !== "string" || !sub || sub.length > MAX_SUBJECT) return null;
  if (sub.includes("\0") || !sub.isWellFormed()) return null;
  return {
    issuer: settings.issuer,
    subject: sub,
    name: typeof name === "string" && name ? name : sub,
    person: personOf(claims, settings.personClaim),
    tokensUntil: new Date(Date.now() + settings.tokenDays * DAY),
  };
}

/** Anything but a name that Hugging Face could have given is no claim. */
function personOf(claims: JWTPayload, claim: string | null): string | null {
  const handle = claim === null || !Object.hasOwn(claims, claim) ? null : claims[claim];
  return typeof handle === "string" && HANDLE.test(handle) ? `${PERSON_SOURCE}:${handle}` : null;
}
