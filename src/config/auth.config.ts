import { integer, type Environment } from "./environment.js";
import { OperatorError } from "../shared/errors.js";

/** The identity provider whose JWTs are taken beside our own access tokens. */
export interface IdentitySettings {
  /** Where its public keys are. */
  jwksUrl: string;
  /** What its tokens have to have as `iss` and `aud`. */
  issuer: string;
  audience: string;
  /** The claim that holds the user's verified Hugging Face name; null for none. */
  personClaim: string | null;
  /** Days for which access tokens last at most that are made with a JWT; 0 lets none be made. */
  tokenDays: number;
}

const DEFAULT_TOKEN_DAYS = 30;

const LOOPBACK = ["127.0.0.1", "[::1]", "localhost"];

/**
 * @returns null where none is set.
 * @throws OperatorError for one without the others, and for keys that anybody on the way could change.
 */
export function readIdentitySettings(env: Environment): IdentitySettings | null {
  const { JWKS_URL: jwksUrl = "", JWT_ISSUER: issuer = "", JWT_AUDIENCE: audience = "" } = env;
  if (!(jwksUrl + issuer + audience)) return null;
  for (const [name, value] of Object.entries({
    JWKS_URL: jwksUrl,
    JWT_ISSUER: issuer,
    JWT_AUDIENCE: audience,
  }))
    if (!value)
      throw new OperatorError(
        `${name} is not set: JWTs of an identity provider take JWKS_URL, JWT_ISSUER and JWT_AUDIENCE together.`,
      );
  const { protocol, hostname } = URL.canParse(jwksUrl) ? new URL(jwksUrl) : { protocol: "", hostname: "" };
  if (protocol !== "https:" && !(protocol === "http:" && LOOPBACK.includes(hostname))) {
    throw new OperatorError(
      `JWKS_URL is "${jwksUrl}": it takes an https address, such as https://login.example.org/.well-known/jwks.json; plain http is taken from this machine alone.`,
    );
  }
  return {
    ...{ jwksUrl, issuer, audience },
    personClaim: env.JWT_PERSON_CLAIM || null,
    tokenDays: integer(env, "JWT_TOKEN_DAYS", DEFAULT_TOKEN_DAYS, 0, 3_650),
  };
}
