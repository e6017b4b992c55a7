import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from "jose";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { IdentitySettings } from "../../src/config/auth.config.js";

export const ISSUER = "https://login.example.org/";
export const AUDIENCE = "papergraph";

export interface TestProvider {
  settings: IdentitySettings;
  /** How often its keys were asked for. */
  asked(): number;
  /** What its address answers: its keys, a failure, or nothing at all. */
  mode: "keys" | "error" | "garbage";
  /** Signs with its newest key. */
  sign(claims?: JWTPayload, header?: Record<string, unknown>): Promise<string>;
  /** From now on another key signs, and the one before is not listed any more. */
  rotate(algorithm?: string): Promise<void>;
  publicKey(): JWK;
  close(): Promise<void>;
}

/** A real identity provider as far as a resource server sees one: an address with public keys, and tokens. */
export async function testProvider(): Promise<TestProvider> {
  let asked = 0;
  let kid = 0;
  let key: { algorithm: string; privateKey: CryptoKey; jwk: JWK };
  const server = createServer((_request, response) => {
    asked++;
    if (provider.mode === "error") response.writeHead(500).end();
    else if (provider.mode === "garbage") response.end("<html>");
    else response.setHeader("content-type", "application/json").end(JSON.stringify({ keys: [key.jwk] }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const provider: TestProvider = {
    settings: {
      jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
      issuer: ISSUER,
      audience: AUDIENCE,
      personClaim: null,
      tokenDays: 30,
    },
    asked: () => asked,
    mode: "keys",
    sign(claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1_000);
      const payload = { iss: ISSUER, aud: AUDIENCE, sub: "ada", iat: now, exp: now + 300, ...claims };
      return new SignJWT(payload)
        .setProtectedHeader({ alg: key.algorithm, kid: key.jwk.kid, typ: "at+jwt", ...header })
        .sign(key.privateKey);
    },
    async rotate(algorithm = "RS256") {
      const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
      const jwk = { ...(await exportJWK(publicKey)), kid: `key-${++kid}`, alg: algorithm, use: "sig" };
      key = { algorithm, privateKey, jwk };
    },
    publicKey: () => key.jwk,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
  await provider.rotate();
  return provider;
}
