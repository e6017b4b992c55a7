import { v5 as uuidOf } from "uuid";
import type { Context } from "../context/request-context.js";
import { paperConnection, type PaperListArgs } from "../papers/list/paper-list.js";
import type { Paper } from "../papers/paper.entity.js";
import { cutAtWord, oneLine, xmlText } from "../shared/text.js";

/** Of our ids; never change it, or every reader shows everything anew. */
const NAMESPACE = "3d6e2b1e-52a5-4a9a-9c5f-0f1d8a4c7e21";
const SUMMARY_LENGTH = 500;

/** What all formats tell. No counts of upvotes: an entry would change with each. */
export interface Feed {
  /** Texts are on one line each, without what XML 1.0 cannot hold. */
  title: string;
  /** The feed's own address. */
  self: string;
  /** The server's. */
  home: string;
  updated: Date;
  entries: FeedEntry[];
}

export interface FeedEntry {
  /** The same in every feed, format and fetch, and on every server. */
  id: string;
  title: string;
  url: string;
  summary: string;
  /** The whole abstract. */
  text: string;
  authors: string[];
  tags: { slug: string; name: string }[];
  published: Date;
  /** When the paper was published or, later, put into Daily Papers. */
  updated: Date;
}

/** Reads a list of papers as a feed: the same papers in the same order as `Query.papers` with the same arguments. */
export async function readFeed(
  context: Context,
  args: PaperListArgs,
  about: Pick<Feed, "title" | "self" | "home">,
): Promise<Feed> {
  const { papers } = context.loaders;
  const { list, slice, parent } = await paperConnection(context, args, { kind: "papers" });
  const { edges } = await papers.page(list, slice, parent);
  const entries = await Promise.all(edges.map(({ node }) => entryOf(context, node)));
  // Of an empty feed nothing ever changed; the moment of asking would make each answer another one.
  const updated = new Date(Math.max(0, ...entries.map((entry) => entry.updated.getTime())));
  return { ...about, title: oneLine(xmlText(about.title)), updated, entries };
}

async function entryOf({ loaders }: Context, paper: Paper): Promise<FeedEntry> {
  const [authors, tags] = await Promise.all([
    loaders.papers.authorsOfPaper(paper),
    loaders.papers.tagsOfPaper(paper),
  ]);
  const { title, abstract, aiSummary, publishedAt, submittedAt } = paper;
  const text = oneLine(xmlText(abstract ?? aiSummary ?? title));
  return {
    id: `urn:uuid:${uuidOf(paper.id, NAMESPACE)}`,
    title: oneLine(xmlText(title)),
    url: paper.url,
    summary: cutAtWord(aiSummary ? oneLine(xmlText(aiSummary)) : text, SUMMARY_LENGTH),
    text,
    authors: authors.map(({ name }) => oneLine(xmlText(name))),
    tags: tags.map(({ slug, name }) => ({ slug: xmlText(slug), name: oneLine(xmlText(name)) })),
    published: publishedAt,
    updated: submittedAt && submittedAt > publishedAt ? submittedAt : publishedAt,
  };
}
