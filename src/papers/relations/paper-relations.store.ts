import { LRUCache } from "lru-cache";
import sql from "sql-template-tag";
import type { Database } from "../../platform/database/database.js";
import type { Author } from "../../catalogue/authors/author.entity.js";
import { Organisation } from "../../catalogue/organisations/organisation.entity.js";
import { Tag } from "../../catalogue/tags/tag.entity.js";
import type { Paper } from "../paper.entity.js";

export type AuthorName = Pick<Author, "key" | "name">;

/** What papers are linked to. They are shared by requests: nobody changes them. */
interface Links {
  tag: Tag;
  organisation: Organisation;
  author: AuthorName;
}
export type LinkKind = keyof Links;
export type Link = Links[LinkKind];

/** Something that a paper is linked to is wanted. */
export interface WantedLinks {
  kind: LinkKind;
  paper: Paper;
}

interface LinkRow {
  kind: LinkKind;
  key: number;
  slug: string;
  name: string;
  avatarUrl: string | null;
  sourceId: string | null;
  paperCount: number;
}

/** Where a paper keeps the numbers of what it is linked to. */
const KEYS = { tag: "tagKeys", organisation: "organisationKeys", author: "authorKeys" } as const;
const KINDS: Record<LinkKind, number> = { tag: 0, organisation: 1, author: 2 };

/** About 10 MB. */
const REMEMBERED = 50_000;

/**
 * The tags, organisations and authors of papers. They are remembered across requests, as the same few stand in most
 * lists. What is remembered is true for one version of the names (the table names_version, kept by triggers); each
 * paper says under which version it was read, so a request that reads a paper never sees names older than the paper.
 */
export class LinkStore {
  constructor(
    private readonly db: Database,
    private readonly shared = { remembered: new LRUCache<number, Link>({ max: REMEMBERED }), version: 0 },
  ) {}

  /** The same store over another handle of the database. */
  over(db: Database): LinkStore {
    return new LinkStore(db, this.shared);
  }

  /** @returns what the paper is linked to, in its order, when all of that is remembered. */
  known(kind: LinkKind, paper: Paper): Link[] | null {
    if (paper.namesVersion > this.shared.version) return null;
    const links: Link[] = [];
    for (const key of paper[KEYS[kind]]) {
      const link = this.shared.remembered.get(placeOf(kind, key));
      if (!link) return null;
      links.push(link);
    }
    return links;
  }

  /** @returns what each paper is linked to, in its order, by one statement for all of them. */
  async of(wanted: readonly WantedLinks[]): Promise<Link[][]> {
    const found = new Map<number, Link>();
    const missing = { tag: new Set<number>(), organisation: new Set<number>(), author: new Set<number>() };
    this.become(Math.max(...wanted.map(({ paper }) => paper.namesVersion)));
    for (const { kind, paper } of wanted)
      for (const key of paper[KEYS[kind]]) {
        const place = placeOf(kind, key);
        const link = this.shared.remembered.get(place);
        if (link) found.set(place, link);
        else missing[kind].add(key);
      }
    for (const [place, link] of await this.read(
      [...missing.tag],
      [...missing.organisation],
      [...missing.author],
    ))
      found.set(place, link);
    return wanted.map(({ kind, paper }) =>
      paper[KEYS[kind]].flatMap((key) => found.get(placeOf(kind, key)) ?? []),
    );
  }

  /** Tags, organisations and authors come together: one way to the database instead of three. */
  private async read(tags: number[], organisations: number[], authors: number[]): Promise<Map<number, Link>> {
    const links = new Map<number, Link>();
    if (!tags.length && !organisations.length && !authors.length) return links;
    const rows = await this.db.query<LinkRow & { version: number }>(
      "links.read",
      sql`SELECT link.*, (SELECT version FROM names_version) AS version FROM (
            SELECT 'tag' AS kind, id AS key, slug, name, NULL AS "avatarUrl", NULL AS "sourceId", paper_count AS "paperCount"
              FROM tags WHERE id = ANY(${tags})
            UNION ALL SELECT 'organisation', id, slug, name, avatar_url, source_id, paper_count
              FROM organisations WHERE id = ANY(${organisations})
            UNION ALL SELECT 'author', id, '', name, NULL, NULL, NULL FROM authors WHERE id = ANY(${authors})
          ) link`,
      { prepared: "label" },
    );
    const version = rows[0]?.version ?? 0;
    this.become(version);
    for (const row of rows) {
      const place = placeOf(row.kind, row.key);
      const link = toLink(row);
      links.set(place, link);
      if (version === this.shared.version) this.shared.remembered.set(place, link);
    }
    return links;
  }

  /** Forgets names of an older version. A replica may be behind: what it says is not remembered. */
  private become(version: number): void {
    if (version <= this.shared.version) return;
    this.shared.remembered.clear();
    this.shared.version = version;
  }
}

function placeOf(kind: LinkKind, key: number): number {
  return key * 3 + KINDS[kind];
}

function toLink({ kind, key, slug, name, avatarUrl, sourceId, paperCount }: LinkRow): Link {
  if (kind === "tag") return Object.freeze(Object.assign(new Tag(), { key, slug, name, paperCount }));
  if (kind === "author") return Object.freeze({ key, name });
  return Object.freeze(
    Object.assign(new Organisation(), { key, slug, name, avatarUrl, sourceId, paperCount }),
  );
}
