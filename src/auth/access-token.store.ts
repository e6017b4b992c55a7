import sql from "sql-template-tag";
import type { ColumnsOf } from "../platform/database/columns.js";
import type { Database } from "../platform/database/database.js";
import { inOrderOf } from "../shared/group-by-key.js";
import { PapergraphError, badInput, notFound } from "../shared/errors.js";
import { cleanText } from "../shared/validate-input.js";
import { globalId } from "../shared/node.js";
import { hashOf, looksLikeSecret, newSecret } from "./access-token-secret.js";
import { AccessToken } from "./access-token.entity.js";
import { User } from "../users/user.entity.js";
import { toUser } from "../users/user.store.js";
import type { Viewer } from "../users/viewer.js";

const MAX_NAME = 100;
/** Tokens of a user that are neither expired nor revoked. */
const MAX_LIVE = 50;

const IS_LIVE = sql`(t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()))`;

export class AccessTokenStore {
  constructor(
    private readonly db: Database,
    private readonly columns: ColumnsOf,
  ) {}

  /** @returns whom the secret stands for; null for a secret that is unknown, expired, revoked or none at all. */
  async authenticate(secret: string): Promise<Viewer | null> {
    if (!looksLikeSecret(secret)) return null;
    const row = await this.db.first<Viewer & { tokenKey: number; isStale: boolean }>(
      "tokens.authenticate",
      sql`SELECT ${this.columns(User, "u")}, t.id AS "tokenKey", t.expires_at AS "tokensUntil",
            t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute' AS "isStale"
          FROM access_tokens t JOIN users u ON u.id = t.user_id
          WHERE t.hash = ${hashOf(secret)} AND ${IS_LIVE}`,
      { prepared: "label" },
    );
    if (!row) return null;
    const { tokenKey, isStale, tokensUntil, ...user } = row;
    if (isStale) await this.noteUse(tokenKey);
    return Object.assign(toUser(user as User), { tokensUntil });
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
   * @param until the latest moment at which it may expire; without it, a token without expiry does not expire.
   * @returns the token with its secret, which is shown here and never again.
   * @throws BAD_USER_INPUT for a name without anything in it, and for an expiry that is not in the future or after `until`;
   * CONFLICT for one token too many; FORBIDDEN where `until` is over.
   */
  async create(
    userKey: number,
    name: string,
    expiresAt: Date | null,
    until: Date | null = null,
  ): Promise<{ token: AccessToken; secret: string }> {
    const clean = cleanText(name.trim(), "input.name", MAX_NAME);
    if (!clean) throw badInput("input.name", `takes 1 to ${MAX_NAME} characters.`);
    if (expiresAt && expiresAt <= new Date())
      throw badInput("input.expiresAt", "takes a moment in the future.");
    if (until && until <= new Date())
      throw new PapergraphError("FORBIDDEN", "Access tokens cannot be made with this token.");
    if (until && expiresAt && expiresAt > until)
      throw badInput(
        "input.expiresAt",
        `takes at most ${until.toISOString()}: an access token does not outlast what makes it.`,
      );
    const secret = newSecret();
    const expiry = expiresAt ?? until;
    const token = await this.db.transaction((tx) => this.insert(tx, userKey, clean, hashOf(secret), expiry));
    return { token: toToken(token), secret };
  }

  /** The lock on the user lets one at a time count. Ended tokens are kept for their owner to look up, as many as live ones. */
  private async insert(
    tx: Database,
    userKey: number,
    name: string,
    hash: Buffer,
    expiresAt: Date | null,
  ): Promise<AccessToken> {
    await tx.query("tokens.lockUser", sql`SELECT FROM users WHERE id = ${userKey} FOR NO KEY UPDATE`);
    const token = await tx.first<AccessToken>(
      "tokens.create",
      sql`WITH ended AS (
            DELETE FROM access_tokens WHERE id IN (
              SELECT id FROM access_tokens t WHERE t.user_id = ${userKey} AND NOT ${IS_LIVE}
              ORDER BY id DESC OFFSET ${MAX_LIVE})
          )
          INSERT INTO access_tokens AS t (user_id, name, hash, expires_at)
          SELECT ${userKey}::integer, ${name}, ${hash}, ${expiresAt}::timestamptz
          WHERE (SELECT count(*) FROM access_tokens t WHERE t.user_id = ${userKey} AND ${IS_LIVE}) < ${MAX_LIVE}
          RETURNING ${this.columns(AccessToken, "t")}`,
    );
    if (!token)
      throw new PapergraphError(
        "CONFLICT",
        `A user has at most ${MAX_LIVE} access tokens that are neither expired nor revoked: revoke one first.`,
      );
    return token;
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

  /** @returns the tokens that are neither expired nor revoked, of one user or of all, the latest first. */
  async listLive(userKey: number | null): Promise<{ token: AccessToken; username: string }[]> {
    const rows = await this.db.query<AccessToken & { username: string }>(
      "tokens.listLive",
      sql`SELECT ${this.columns(AccessToken, "t")}, u.username FROM access_tokens t JOIN users u ON u.id = t.user_id
          WHERE (t.user_id = ${userKey} OR ${userKey}::integer IS NULL) AND ${IS_LIVE} ORDER BY t.id DESC`,
    );
    return rows.map(({ username, ...token }) => ({ token: toToken(token as AccessToken), username }));
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
