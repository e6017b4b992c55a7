import type { Context } from "../../../context/request-context.js";
import type { Organisation } from "../../../catalogue/organisations/organisation.entity.js";
import type { ListedAuthor } from "../../../papers/relations/author.js";
import type { Paper } from "../../../papers/paper.entity.js";
import type { User } from "../../../users/user.entity.js";
import { paperSources, type PaperSource } from "../paper-source.store.js";

/** A paper with all that Hugging Face's shapes show of it. */
export interface PaperRecord {
  paper: Paper;
  source: PaperSource;
  authors: { author: ListedAuthor; user: User | null }[];
  organisations: Organisation[];
  submitter: User | null;
}

/** Reads what belongs to the papers, for all of them at once: four statements, however many there are. */
export async function paperRecords(context: Context, papers: readonly Paper[]): Promise<PaperRecord[]> {
  if (!papers.length) return [];
  const { papers: loaders } = context.loaders;
  const keys = papers.map(({ key }) => key);
  const [sources, claims, authors, organisations] = await Promise.all([
    paperSources(context.db, keys),
    Promise.all(keys.map((key) => loaders.claims.load(key))),
    Promise.all(papers.map((paper) => loaders.authorsOfPaper(paper))),
    Promise.all(papers.map(async (paper) => loaders.organisationsOfPaper(paper))),
  ]);
  const userOf = (key: number | null | undefined) =>
    key == null ? null : context.loaders.users.byKey.load(key);
  return Promise.all(
    papers.map(async (paper, index) => ({
      paper,
      source: sources[index] as PaperSource,
      organisations: organisations[index] ?? [],
      submitter: await userOf(paper.submittedByKey),
      authors: await Promise.all(
        (authors[index] ?? []).map(async (author) => ({
          author,
          user: await userOf(claims[index]?.get(author.position)),
        })),
      ),
    })),
  );
}
