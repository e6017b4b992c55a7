import DataLoader from "dataloader";
import sql from "sql-template-tag";
import type { Database } from "../platform/database/database.js";
import { Author } from "../catalogue/authors/author.entity.js";
import type { Organisation } from "../catalogue/organisations/organisation.entity.js";
import type { CompiledSearch } from "../search/compile/compile-search.js";
import { highlightPapers, type Highlight } from "../search/highlights/highlights.js";
import { relatedPapers } from "../search/related/related.js";
import type { Page } from "../shared/pagination/connection.js";
import type { Slice } from "../shared/pagination/keyset.js";
import type { Tag } from "../catalogue/tags/tag.entity.js";
import type { ListedAuthor } from "./relations/author.js";
import type { Batching } from "../platform/work/batching.js";
import type {
  AuthorName,
  Link,
  LinkKind,
  LinkStore,
  WantedLinks,
} from "./relations/paper-relations.store.js";
import type { PaperColumns } from "./paper-columns.js";
import { Paper } from "./paper.entity.js";
import type { PaperList } from "./list/paper-list.sql.js";
import type { PaperCount, PaperEdge, PaperStore } from "./paper.store.js";

/** Collects what the papers of one request ask for, so that a list costs the same number of statements as one paper. */
export class PaperLoaders {
  private readonly links: DataLoader<WantedLinks, Link[], string>;
  private readonly lists = new Map<string, Promise<PaperList>>();
  private readonly perList = new Map<string, DataLoader<number, unknown>>();
  private readonly perSearch = new Map<CompiledSearch, DataLoader<Paper, Highlight[]>>();
  private readonly byKey: DataLoader<number, Paper | null>;
  /** The users who claim a paper's places, by position. */
  readonly claims: DataLoader<number, Map<number, number>>;

  constructor(
    private readonly db: Database,
    private readonly store: PaperStore,
    private readonly linkStore: LinkStore,
    private readonly batching: Batching,
  ) {
    this.links = new DataLoader((wanted) => linkStore.of(wanted), {
      ...batching,
      cacheKeyFn: ({ kind, paper }) => `${kind} ${paper.key}`,
    });
    this.byKey = new DataLoader((keys) => store.byKeys(keys), batching);
    this.claims = new DataLoader((keys) => this.loadClaims(keys), batching);
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

  tagsOfPaper(paper: Paper): Tag[] | Promise<Tag[]> {
    return this.linksOf<Tag>("tag", paper);
  }

  organisationsOfPaper(paper: Paper): Organisation[] | Promise<Organisation[]> {
    return this.linksOf<Organisation>("organisation", paper);
  }

  async authorsOfPaper(paper: Paper): Promise<ListedAuthor[]> {
    const authors = await this.linksOf<AuthorName>("author", paper);
    return authors.map(({ key, name }, index) =>
      Object.assign(new Author(), { key, name, position: index + 1, paperKey: paper.key }),
    );
  }

  /** Makes a list once however many parents ask for it with the same arguments. */
  list(key: string, make: () => Promise<PaperList>): Promise<PaperList> {
    let list = this.lists.get(key);
    if (!list) this.lists.set(key, (list = make()));
    return list;
  }

  page(
    list: PaperList,
    slice: Slice,
    parent: number,
    columns: PaperColumns = null,
  ): Promise<Page<PaperEdge>> {
    return this.ofList(`page ${list.fingerprint} ${JSON.stringify(slice)}`, (parents) =>
      this.store.pages(list, slice, parents, columns),
    ).load(parent);
  }

  count(list: PaperList, parent: number): Promise<PaperCount> {
    return this.ofList(`count ${list.fingerprint}`, (parents) => this.store.counts(list, parents)).load(
      parent,
    );
  }

  private ofList<T>(key: string, load: (parents: readonly number[]) => Promise<T[]>): DataLoader<number, T> {
    let loader = this.perList.get(key);
    if (!loader) this.perList.set(key, (loader = new DataLoader<number, unknown>(load, this.batching)));
    return loader as DataLoader<number, T>;
  }

  private ofSearch(search: CompiledSearch): DataLoader<Paper, Highlight[]> {
    let loader = this.perSearch.get(search);
    if (!loader) {
      loader = new DataLoader((papers) => this.loadHighlights(search, papers), this.batching);
      this.perSearch.set(search, loader);
    }
    return loader;
  }

  private async loadHighlights(search: CompiledSearch, papers: readonly Paper[]): Promise<Highlight[][]> {
    const names = async (things: { name: string }[] | Promise<{ name: string }[]>) =>
      (await things).map(({ name }) => name);
    const texts = papers.map(async (paper) => {
      const [authors, tags, organisations] = await Promise.all([
        names(this.authorsOfPaper(paper)),
        names(this.tagsOfPaper(paper)),
        names(this.organisationsOfPaper(paper)),
      ]);
      return { title: paper.title, abstract: paper.abstract, authors, tags, organisations };
    });
    return highlightPapers(this.db, search.terms, await Promise.all(texts), this.db.requestWork);
  }

  /** What is remembered is given at once: a promise for each list of each paper is what a page would wait for. */
  private linksOf<T extends Link>(kind: LinkKind, paper: Paper): T[] | Promise<T[]> {
    const links = this.linkStore.known(kind, paper) ?? this.links.load({ kind, paper });
    return links as T[] | Promise<T[]>;
  }

  private async loadClaims(paperKeys: readonly number[]): Promise<Map<number, number>[]> {
    const rows = await this.db.query<{ paper: number; position: number; user: number }>(
      "papers.claims",
      sql`SELECT paper_id AS paper, position, user_id AS "user" FROM author_claims WHERE paper_id = ANY(${paperKeys})`,
      { prepared: "label" },
    );
    const claims = new Map(paperKeys.map((key) => [key, new Map<number, number>()]));
    for (const row of rows) claims.get(row.paper)?.set(row.position, row.user);
    return paperKeys.map((key) => claims.get(key) ?? new Map<number, number>());
  }
}
