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

  /**
   * @returns whom the secret stands for; null for a secret that is unknown, expired, revoked or none at all.
   *
   * The same statement notes the use, at most once a minute. Of many requests at once one does it, and none waits for
   * another: rows that are locked are skipped.
   */
  async authenticate(secret: string): Promise<User | null> {
    if (!looksLikeSecret(secret)) return null;
    const row = await this.db.first<User>(
      "tokens.authenticate",
      sql`WITH token AS (
            SELECT id, user_id FROM access_tokens
            WHERE hash = ${hashOf(secret)} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
          ), stale AS (
            SELECT id FROM access_tokens
            WHERE id = (SELECT id FROM token) AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
            FOR NO KEY UPDATE SKIP LOCKED
          ), used AS (
            UPDATE access_tokens t SET last_used_at = now() FROM stale WHERE t.id = stale.id
          )
          SELECT ${this.columns(User, "u")} FROM token JOIN users u ON u.id = token.user_id`,
      { prepared: "label" },
    );
    return row && toUser(row);
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
    if (!rows.length) throw notFound(`access token "${globalId("AccessToken", tokenKey)}"`);
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
