import sql from "sql-template-tag";
import type { ColumnsOf } from "../database/columns.js";
import type { Database } from "../database/database.js";
import { inOrderOf } from "../shared/batch.js";
import { badInput, notFound } from "../errors.js";
import { cleanText } from "../shared/input.js";
import { globalId } from "../shared/node.js";
import { hashOf, looksLikeSecret, newSecret } from "./access-token-secret.js";
import { AccessToken } from "./access-token.entity.js";
import { User } from "./user.entity.js";
import { toUser } from "./user.store.js";

const MAX_NAME = 100;

export class AccessTokenStore {
  constructor(
    private readonly db: Database,
    private readonly columns: ColumnsOf,
  ) {}

  /** @returns whom the secret stands for; null for a secret that is unknown, expired, revoked or none at all. */
  async authenticate(secret: string): Promise<User | null> {
    if (!looksLikeSecret(secret)) return null;
    const row = await this.db.first<User & { tokenKey: number; isStale: boolean }>(
      "tokens.authenticate",
      sql`SELECT ${this.columns(User, "u")}, t.id AS "tokenKey",
            t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute' AS "isStale"
          FROM access_tokens t JOIN users u ON u.id = t.user_id
          WHERE t.hash = ${hashOf(secret)} AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())`,
      { prepared: "label" },
    );
    if (!row) return null;
    if (row.isStale) await this.noteUse(row.tokenKey);
    return toUser(row);
  }

  /** Once a minute. Of many requests at once one does it, and none waits for another: rows that are locked are skipped. */
  private async noteUse(tokenKey: number): Promise<void> {
    await this.db.query(
      "tokens.noteUse",
      sql`WITH stale AS (
            SELECT id FROM access_tokens
            WHERE id = ${tokenKey} AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
            FOR NO KEY UPDATE SKIP LOCKED
          )
          UPDATE access_tokens t SET last_used_at = now() FROM stale WHERE t.id = stale.id`,
      { prepared: "label" },
    );
  }

  /**
   * @returns the token with its secret, which is shown here and never again.
   * @throws BAD_USER_INPUT for a name without anything in it, and for an expiry that is not in the future.
   */
  async create(
    userKey: number,
    name: string,
    expiresAt: Date | null,
  ): Promise<{ token: AccessToken; secret: string }> {
    const clean = cleanText(name.trim(), "input.name", MAX_NAME);
    if (!clean) throw badInput("input.name", `takes 1 to ${MAX_NAME} characters.`);
    if (expiresAt && expiresAt <= new Date())
      throw badInput("input.expiresAt", "takes a moment in the future.");
    const secret = newSecret();
    const [token] = await this.db.query<AccessToken>(
      "tokens.create",
      sql`INSERT INTO access_tokens AS t (user_id, name, hash, expires_at)
          VALUES (${userKey}, ${clean}, ${hashOf(secret)}, ${expiresAt}) RETURNING ${this.columns(AccessToken, "t")}`,
    );
    if (!token) throw new Error("INSERT gave no row.");
    return { token: toToken(token), secret };
  }

  /**
   * Ends a token for good; again and again is the same.
   * @param userKey whose token it must be; null, for administrators, anybody's.
   * @throws NOT_FOUND, and for a token of somebody else too: what others have is nobody's business.
   */
  async revoke(userKey: number | null, tokenKey: number): Promise<void> {
    const rows = await this.db.query(
      "tokens.revoke",
      sql`UPDATE access_tokens SET revoked_at = coalesce(revoked_at, now())
          WHERE id = ${tokenKey} AND (user_id = ${userKey} OR ${userKey}::integer IS NULL) RETURNING id`,
    );
    if (!rows.length) throw notFound(`access token "${globalId("AccessToken", tokenKey)}"`, "input.tokenId");
  }

  /** @returns the user's tokens that are not revoked, the latest first. */
  async list(userKey: number): Promise<AccessToken[]> {
    const rows = await this.db.query<AccessToken>(
      "tokens.list",
      sql`SELECT ${this.columns(AccessToken, "t")} FROM access_tokens t
          WHERE t.user_id = ${userKey} AND t.revoked_at IS NULL ORDER BY t.id DESC`,
    );
    return rows.map(toToken);
  }

  /** @returns those of the user's tokens, in their order; null for a miss, a revoked one or somebody else's. */
  async byKeys(userKey: number, keys: readonly number[]): Promise<(AccessToken | null)[]> {
    const rows = await this.db.query<AccessToken>(
      "tokens.byKeys",
      sql`SELECT ${this.columns(AccessToken, "t")} FROM access_tokens t
          WHERE t.id = ANY(${keys}) AND t.user_id = ${userKey} AND t.revoked_at IS NULL`,
      { prepared: "label" },
    );
    return inOrderOf(keys, rows.map(toToken), (found) => found.key);
  }
}

function toToken(row: AccessToken): AccessToken {
  return Object.assign(new AccessToken(), row);
}
