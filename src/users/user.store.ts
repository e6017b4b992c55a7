import sql from "sql-template-tag";
import type { ColumnsOf } from "../database/columns.js";
import type { Database } from "../database/database.js";
import { inOrderOf } from "../shared/batch.js";
import { OperatorError } from "../errors.js";
import { cleanText } from "../shared/input.js";
import { parseGlobalId } from "../shared/node.js";
import { User } from "./user.entity.js";

/** What names made here look like; imported ones are kept as they come. */
const USERNAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

export interface NewUser {
  fullName?: string | null;
  isAdmin?: boolean;
}

export class UserStore {
  constructor(
    private readonly db: Database,
    private readonly columns: ColumnsOf,
  ) {}

  /** @returns the users with these numbers, in their order, null for a miss. */
  async byKeys(keys: readonly number[]): Promise<(User | null)[]> {
    const rows = await this.db.query<User>(
      "users.byKeys",
      sql`SELECT ${this.columns(User, "u")} FROM users u WHERE u.id = ANY(${keys})`,
      { prepared: "label" },
    );
    return inOrderOf(keys, rows.map(toUser), (found) => found.key);
  }

  /** @param names whatever their case. @returns the users in their order, null for a miss. */
  async byUsernames(names: readonly string[]): Promise<(User | null)[]> {
    // The database lowers both sides: its idea of lower case and JavaScript's differ outside ASCII.
    const rows = await this.db.query<User & { asked: string }>(
      "users.byUsernames",
      sql`SELECT ${this.columns(User, "u")}, given.name AS asked
          FROM unnest(${names}::text[]) AS given(name) JOIN users u ON u.username_key = lower(given.name)`,
      { prepared: "label" },
    );
    return inOrderOf(names, rows, (row) => row.asked).map((row) => row && toUser(row));
  }

  /** @param id a global id or a user name. */
  async find(id: string, argument: string): Promise<User | null> {
    const clean = cleanText(id, argument);
    const parsed = parseGlobalId(clean);
    const [user] = await this.byUsernames([parsed?.type === "User" ? parsed.key : clean]);
    return user ?? null;
  }

  /** @returns users whose user name or a word of whose full name begins so, shortest names first, and their number. */
  async search(text: string, first: number): Promise<{ users: User[]; count: number }> {
    const typed = cleanText(text.trim(), "q");
    const rows = await this.db.query<User & { count: number }>(
      "users.search",
      sql`SELECT ${this.columns(User, "u")}, count(*) OVER () AS count FROM users u
          WHERE starts_with(u.username_key, lower(${typed}))
            OR strpos(' ' || name_key(coalesce(u.full_name, '')), ' ' || name_key(${typed})) > 0
          ORDER BY length(u.username), u.id LIMIT ${first}`,
    );
    return { users: rows.map(toUser), count: rows[0]?.count ?? 0 };
  }

  /** For the person at the terminal. @throws OperatorError for a name that is taken or cannot be one. */
  async create(username: string, { fullName = null, isAdmin = false }: NewUser = {}): Promise<User> {
    if (!USERNAME.test(username)) {
      throw new OperatorError(
        `"${username}" cannot be a user name: it takes 1 to 100 letters (a to z), digits, dots, hyphens and underscores, and begins with a letter or digit.`,
      );
    }
    const row = await this.db.first<User>(
      "users.create",
      sql`INSERT INTO users AS u (username, full_name, is_admin) VALUES (${username}, ${fullName}, ${isAdmin})
          ON CONFLICT (username_key) DO NOTHING RETURNING ${this.columns(User, "u")}`,
    );
    if (!row)
      throw new OperatorError(`The user name "${username}" is taken; upper and lower case are the same.`);
    return toUser(row);
  }
}

export function toUser(row: User): User {
  return Object.assign(new User(), row);
}
