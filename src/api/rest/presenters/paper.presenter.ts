import type { PaperRecord } from "./paper-records.js";
import type { DailyItem, HfPaper, ListItem, PaperInfo, Runs, SearchItem } from "../schemas/paper.schema.js";
import type { HfAuthor } from "../schemas/people.schema.js";
import type { HfComment } from "../schemas/comment.schema.js";
import { textIn, writeOrganization, writeSourceOrganization, writeUser } from "./user.presenter.js";

/** JSON leaves out keys whose value is undefined: what is not known is absent, as Hugging Face has it. */
export function writePaper(record: PaperRecord): HfPaper {
  const { paper, source, submitter } = record;
  return {
    id: paper.externalId,
    authors: writeAuthors(record),
    mediaUrls: someOf(paper.mediaUrls),
    publishedAt: paper.publishedAt.toISOString(),
    submittedOnDailyAt: paper.submittedAt?.toISOString(),
    title: paper.title,
    submittedOnDailyBy: paper.submittedAt && submitter ? writeUser(submitter) : undefined,
    summary: paper.abstract ?? "",
    upvotes: paper.upvoteCount,
    discussionId: textIn(source.said, "discussionId"),
    githubRepoAddedBy: textIn(source.said, "githubRepoAddedBy"),
    ai_summary_model: textIn(source.said, "ai_summary_model"),
    withdrawnAt: textIn(source.said, "withdrawnAt"),
    ...extrasOf(record),
  };
}

export function writePaperInfo(record: PaperRecord, comments: HfComment[] | undefined): PaperInfo {
  return {
    ...writePaper(record),
    numComments: record.paper.commentCount,
    linkedModels: [],
    linkedDatasets: [],
    linkedSpaces: [],
    numTotalModels: 0,
    numTotalDatasets: 0,
    numTotalSpaces: 0,
    comments,
  };
}

export function writeDailyItem(record: PaperRecord): DailyItem {
  return {
    ...besidePaper(record),
    submitterOrganization: writeSourceOrganization(record.source.said.submitterOrganization),
  };
}

export function writeSearchItem(
  record: PaperRecord,
  found: { upvoted: boolean; highlightedTitle: Runs; highlightedSummary: Runs },
): SearchItem {
  return { ...besidePaper(record), ...found };
}

export function writeListItem(record: PaperRecord): ListItem {
  const { paper } = record;
  return {
    id: paper.externalId,
    title: paper.title,
    upvotes: paper.upvoteCount,
    publishedAt: paper.publishedAt.toISOString(),
    thumbnailUrl: paper.thumbnailUrl ?? undefined,
    authors: writeAuthors(record),
    summary: paper.abstract ?? "",
    ...extrasOf(record),
  };
}

function besidePaper(record: PaperRecord): DailyItem {
  const { paper, source, submitter } = record;
  return {
    paper: writePaper(record),
    publishedAt: paper.publishedAt.toISOString(),
    title: paper.title,
    summary: paper.abstract ?? "",
    upvotes: paper.upvoteCount,
    mediaUrls: someOf(paper.mediaUrls),
    thumbnail: paper.thumbnailUrl ?? undefined,
    numComments: paper.commentCount,
    submittedBy: submitter ? writeUser(submitter) : undefined,
    isAuthorParticipating: source.authorCommented || source.said.isAuthorParticipating === true,
    ...extrasOf(record),
  };
}

function extrasOf({ paper, source, organisations: [organisation] }: PaperRecord) {
  return {
    projectPage: paper.projectUrl ?? undefined,
    githubRepo: paper.codeUrl ?? undefined,
    githubStars: paper.codeStars ?? undefined,
    ai_summary: paper.aiSummary ?? undefined,
    ai_keywords: someOf(source.keywords),
    organization: organisation && writeOrganization(organisation),
  };
}

function writeAuthors({ authors, source }: PaperRecord): HfAuthor[] {
  const places = Array.isArray(source.said.authors) ? (source.said.authors as unknown[]) : [];
  return authors.map(({ author, user }, index) => {
    const said = (places[index] ?? {}) as Record<string, unknown>;
    return {
      _id: textIn(said, "_id"),
      user: user ? writeUser(user) : undefined,
      name: author.name,
      status: textIn(said, "status"),
      statusLastChangedAt: textIn(said, "statusLastChangedAt"),
      hidden: said.hidden === true,
    };
  });
}

function someOf(list: string[]): string[] | undefined {
  return list.length ? list : undefined;
}
