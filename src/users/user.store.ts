import sql from "sql-template-tag";
import type { ColumnsOf } from "../platform/database/columns.js";
import type { Database } from "../platform/database/database.js";
import { inOrderOf } from "../shared/group-by-key.js";
import { OperatorError } from "../shared/errors.js";
import { cleanText } from "../shared/validate-input.js";
import { parseGlobalId } from "../shared/node.js";
import { userIdsByName } from "./find-users.sql.js";
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

  /** @param names see `userIdsByName`. @returns the users in their order, null for a miss. */
  async byUsernames(names: readonly string[]): Promise<(User | null)[]> {
    const rows = await this.db.query<User & { asked: string }>(
      "users.byUsernames",
      sql`SELECT ${this.columns(User, "u")}, found.name AS asked
          FROM (${userIdsByName(names)}) found JOIN users u ON u.id = found.id`,
      { prepared: "label" },
    );
    return inOrderOf(names, rows, (row) => row.asked).map((row) => row && toUser(row));
  }

  /** @param keys of global ids, which name a person also after the person was claimed. */
  async byGlobalKeys(keys: readonly string[]): Promise<(User | null)[]> {
    const rows = await this.db.query<User & { asked: string }>(
      "users.byGlobalKeys",
      sql`SELECT ${this.columns(User, "u")}, given.key AS asked FROM unnest(${keys}::text[]) AS given(key)
          JOIN users u ON u.qualified_key = lower(given.key) OR (u.is_local AND u.username_key = lower(given.key))`,
      { prepared: "label" },
    );
    return inOrderOf(keys, rows, (row) => row.asked).map((row) => row && toUser(row));
  }

  /** @param id a global id or a user name. */
  async find(id: string, argument: string): Promise<User | null> {
    const clean = cleanText(id, argument);
    const parsed = parseGlobalId(clean);
    const [user] = await this.byUsernames([parsed?.type === "User" ? parsed.key : clean]);
    return user ?? null;
  }

  /** @returns the user of this installation, null where there is none. */
  async findLocal(username: string): Promise<User | null> {
    const [user] = await this.byGlobalKeys([cleanText(username, "user")]);
    return user?.importedFrom === null ? user : null;
  }

  /** @throws OperatorError unless there is such a user of this installation. */
  async getLocal(username: string): Promise<User> {
    const user = await this.findLocal(username);
    if (user) return user;
    const person = await this.find(username, "user");
    throw new OperatorError(
      person?.importedFrom
        ? `"${username}" is a person imported from ${person.importedFrom}, not a user of this installation: add one with \`papergraph user add\`.`
        : `There is no user "${username}": add one with \`papergraph user add\`.`,
    );
  }

  /** @returns users whose user name or a word of whose full name begins so, shortest names first, and their number. */
  async search(text: string, first: number): Promise<{ users: User[]; count: number }> {
    const typed = cleanText(text.trim(), "q");
    const rows = await this.db.query<User & { count: number }>(
      "users.search",
      sql`SELECT ${this.columns(User, "u")}, count(*) OVER () AS count FROM users u
          WHERE u.claimed_by IS NULL AND (starts_with(u.username_key, lower(${typed}))
            OR strpos(' ' || name_key(coalesce(u.full_name, '')), ' ' || name_key(${typed})) > 0)
          ORDER BY length(u.username), u.id LIMIT ${first}`,
    );
    return { users: rows.map(toUser), count: rows[0]?.count ?? 0 };
  }

  /**
   * For the person at the terminal. An imported person who has the name becomes `source:name` and stays another one.
   * @throws OperatorError for a name that a user of this installation has, or that cannot be one.
   */
  async create(username: string, { fullName = null, isAdmin = false }: NewUser = {}): Promise<User> {
    if (!USERNAME.test(username)) {
      throw new OperatorError(
        `"${username}" cannot be a user name: it takes 1 to 100 letters (a to z), digits, dots, hyphens and underscores, and begins with a letter or digit.`,
      );
    }
    const row = await this.db.transaction(async (tx) => {
      await tx.query(
        "users.qualifyPerson",
        sql`UPDATE users SET username = imported_from || ':' || handle
            WHERE username_key = lower(${username}) AND imported_from IS NOT NULL`,
      );
      return tx.first<User>(
        "users.create",
        sql`INSERT INTO users AS u (username, full_name, is_admin) VALUES (${username}, ${fullName}, ${isAdmin})
            ON CONFLICT (username_key) DO NOTHING RETURNING ${this.columns(User, "u")}`,
      );
    });
    if (!row)
      throw new OperatorError(`The user name "${username}" is taken; upper and lower case are the same.`);
    return toUser(row);
  }
}

export function toUser(row: User): User {
  return Object.assign(new User(), row);
}
