import DataLoader from "dataloader";
import sql from "sql-template-tag";
import type { Database } from "../database/database.js";
import { Organisation } from "../organisations/organisation.entity.js";
import type { CompiledSearch } from "../search/compile-search.js";
import { highlightPapers, type Highlight } from "../search/highlights.js";
import { relatedPapers } from "../search/related.js";
import type { Page } from "../shared/connection.js";
import type { Slice } from "../shared/keyset.js";
import { Tag } from "../tags/tag.entity.js";
import { Author } from "./author.js";
import { Paper } from "./paper.entity.js";
import type { PaperList } from "./paper-list-sql.js";
import type { PaperCount, PaperEdge, PaperStore } from "./paper.store.js";

type LinkKind = "tag" | "organisation" | "author";

interface LinkRow {
  kind: LinkKind;
  key: number;
  slug: string;
  name: string;
  avatarUrl: string | null;
  sourceId: string | null;
  paperCount: number;
}

/** Collects what the papers of one request ask for, so that a list costs the same number of statements as one paper. */
export class PaperLoaders {
  private readonly links: DataLoader<{ kind: LinkKind; key: number }, LinkRow | null, string>;
  private readonly lists = new Map<string, Promise<PaperList>>();
  private readonly perList = new Map<string, DataLoader<number, unknown>>();
  private readonly perSearch = new Map<CompiledSearch, DataLoader<Paper, Highlight[]>>();
  private readonly byKey: DataLoader<number, Paper | null>;
  /** The users who claim a paper's places, by position. */
  readonly claims: DataLoader<number, Map<number, number>>;

  constructor(
    private readonly db: Database,
    private readonly store: PaperStore,
  ) {
    this.links = new DataLoader((keys) => this.loadLinks(keys), {
      cacheKeyFn: ({ kind, key }) => `${kind} ${key}`,
    });
    this.byKey = new DataLoader((keys) => store.byKeys(keys));
    this.claims = new DataLoader((keys) => this.loadClaims(keys));
  }

  highlights(search: CompiledSearch, paper: Paper): Promise<Highlight[]> {
    return this.ofSearch(search).load(paper);
  }

  /** @returns papers on the same subject, the nearest first. */
  async relatedTo(paper: Paper, first: number): Promise<Paper[]> {
    const related = await this.ofList(`related ${first}`, (keys) => relatedPapers(this.db, keys, first)).load(
      paper.key,
    );
    const papers = await this.byKey.loadMany(related);
    return papers.filter((found): found is Paper => found instanceof Paper);
  }

  async tagsOfPaper(paper: Paper): Promise<Tag[]> {
    const rows = await this.linksOf("tag", paper.tagKeys);
    return rows.map(({ key, slug, name, paperCount }) =>
      Object.assign(new Tag(), { key, slug, name, paperCount }),
    );
  }

  async organisationsOfPaper(paper: Paper): Promise<Organisation[]> {
    const rows = await this.linksOf("organisation", paper.organisationKeys);
    return rows.map(({ key, slug, name, avatarUrl, sourceId, paperCount }) =>
      Object.assign(new Organisation(), { key, slug, name, avatarUrl, sourceId, paperCount }),
    );
  }

  async authorsOfPaper(paper: Paper): Promise<Author[]> {
    const rows = await this.linksOf("author", paper.authorKeys);
    return rows.map(({ key, name }, index) =>
      Object.assign(new Author(), { key, name, position: index + 1, paperKey: paper.key }),
    );
  }

  /** Makes a list once however many parents ask for it with the same arguments. */
  list(key: string, make: () => Promise<PaperList>): Promise<PaperList> {
    let list = this.lists.get(key);
    if (!list) this.lists.set(key, (list = make()));
    return list;
  }

  page(list: PaperList, slice: Slice, parent: number): Promise<Page<PaperEdge>> {
    return this.ofList(`page ${list.fingerprint} ${JSON.stringify(slice)}`, (parents) =>
      this.store.pages(list, slice, parents),
    ).load(parent);
  }

  count(list: PaperList, parent: number): Promise<PaperCount> {
    return this.ofList(`count ${list.fingerprint}`, (parents) => this.store.counts(list, parents)).load(
      parent,
    );
  }

  private ofList<T>(key: string, load: (parents: readonly number[]) => Promise<T[]>): DataLoader<number, T> {
    let loader = this.perList.get(key);
    if (!loader) this.perList.set(key, (loader = new DataLoader<number, unknown>(load)));
    return loader as DataLoader<number, T>;
  }

  private ofSearch(search: CompiledSearch): DataLoader<Paper, Highlight[]> {
    let loader = this.perSearch.get(search);
    if (!loader)
      this.perSearch.set(search, (loader = new DataLoader((papers) => this.loadHighlights(search, papers))));
    return loader;
  }

  private async loadHighlights(search: CompiledSearch, papers: readonly Paper[]): Promise<Highlight[][]> {
    const names = async (things: Promise<{ name: string }[]>) => (await things).map(({ name }) => name);
    const texts = papers.map(async (paper) => {
      const [authors, tags, organisations] = await Promise.all([
        names(this.authorsOfPaper(paper)),
        names(this.tagsOfPaper(paper)),
        names(this.organisationsOfPaper(paper)),
      ]);
      return { title: paper.title, abstract: paper.abstract, authors, tags, organisations };
    });
    return highlightPapers(this.db, search.terms, await Promise.all(texts));
  }

  private async linksOf(kind: LinkKind, keys: readonly number[]): Promise<LinkRow[]> {
    const rows = await Promise.all(keys.map((key) => this.links.load({ kind, key })));
    return rows.filter((row) => row !== null);
  }

  /** Tags, organisations and authors of a page come together: one way to the database instead of three. */
  private async loadLinks(links: readonly { kind: LinkKind; key: number }[]): Promise<(LinkRow | null)[]> {
    const keys = (wanted: LinkKind) => links.filter(({ kind }) => kind === wanted).map(({ key }) => key);
    const rows = await this.db.query<LinkRow>(
      "papers.links",
      sql`SELECT 'tag' AS kind, id AS key, slug, name, NULL AS "avatarUrl", NULL AS "sourceId", paper_count AS "paperCount"
            FROM tags WHERE id = ANY(${keys("tag")})
          UNION ALL SELECT 'organisation', id, slug, name, avatar_url, source_id, paper_count
            FROM organisations WHERE id = ANY(${keys("organisation")})
          UNION ALL SELECT 'author', id, '', name, NULL, NULL, paper_count FROM authors WHERE id = ANY(${keys("author")})`,
      { prepared: true },
    );
    const found = new Map(rows.map((row) => [`${row.kind} ${row.key}`, row]));
    return links.map(({ kind, key }) => found.get(`${kind} ${key}`) ?? null);
  }

  private async loadClaims(paperKeys: readonly number[]): Promise<Map<number, number>[]> {
    const rows = await this.db.query<{ paper: number; position: number; user: number }>(
      "papers.claims",
      sql`SELECT paper_id AS paper, position, user_id AS "user" FROM author_claims WHERE paper_id = ANY(${paperKeys})`,
      { prepared: true },
    );
    const claims = new Map(paperKeys.map((key) => [key, new Map<number, number>()]));
    for (const row of rows) claims.get(row.paper)?.set(row.position, row.user);
    return paperKeys.map((key) => claims.get(key) ?? new Map<number, number>());
  }
}
