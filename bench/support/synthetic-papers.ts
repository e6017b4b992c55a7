import type { PaperLine } from "./real-papers.js";
import { seededRandom, type Random } from "./random.js";

/** Papers that sentences and all else are taken from; with more, memory would grow, not variety. */
const MATERIAL_PAPERS = 60_000;

const SENTENCES = { least: 5, most: 9 };
/** Shorter pieces are what splitting at "e.g. The" leaves. */
const SHORTEST_SENTENCE = 30;

/** Of the papers beyond the real ones. */
const SHARE_WITH_UPVOTES = 0.2;
/** Of the authors: given name of one, family name of another, as more papers have more authors. */
const SHARE_OF_NEW_AUTHORS = 0.25;

const DAY = 86_400_000;

interface MaterialPaper extends Omit<PaperLine, "paper"> {
  paper: Omit<PaperLine["paper"], "summary">;
  sentences: string[];
}

/** Real papers that synthetic ones are mixed from. */
export interface Material {
  papers: MaterialPaper[];
  authors: string[];
  upvotes: number[];
}

/** Keeps every so many of `total` lines, in memory. */
export async function readMaterial(lines: AsyncIterable<string>, total: number): Promise<Material> {
  const material: Material = { papers: [], authors: [], upvotes: [] };
  let index = 0;
  for await (const line of lines) {
    const isKept = (index++ * MATERIAL_PAPERS) % total < MATERIAL_PAPERS;
    if (isKept || total <= MATERIAL_PAPERS) addTo(material, JSON.parse(line) as PaperLine);
  }
  return material;
}

function addTo(
  material: Material,
  { paper, venue, tags, organization, organizations, citations }: PaperLine,
) {
  const { summary, authors, ...rest } = paper;
  const sentences = sentencesOf(summary ?? "");
  if (!sentences.length) return;
  material.authors.push(...(authors ?? []).map(({ name }) => name));
  if (paper.upvotes) material.upvotes.push(paper.upvotes);
  material.papers.push({
    paper: { ...rest, authors },
    sentences,
    venue,
    tags,
    organization,
    organizations,
    citations,
  });
}

export function sentencesOf(text: string): string[] {
  return text
    .replace(/\s+/g, " ")
    .split(/(?<=[.!?]) (?=[A-Z])/)
    .filter(({ length }) => length >= SHORTEST_SENTENCE);
}

/**
 * Mixes papers, the same ones for the same seed: sentences of several abstracts, halves of two titles, and date, tags,
 * organisations and authors as real papers have them, so that common words, names and dates are as common as they are.
 */
export function* syntheticPapers(
  material: Material,
  options: { count: number; seed: number; prefix: string },
): Generator<PaperLine> {
  const random = seededRandom(options.seed);
  const digits = Math.max(6, String(options.count).length);
  for (let number = 1; number <= options.count; number++) {
    const id = `${options.prefix}-${String(number).padStart(digits, "0")}`;
    yield mixed(id, material, random);
  }
}

function mixed(id: string, material: Material, random: Random): PaperLine {
  const donor = () => random.pick(material.papers);
  const [dated, tagged, placed, coded] = [donor(), donor(), donor(), donor()];
  return {
    paper: {
      id,
      title: mixedTitle(donor().paper.title, donor().paper.title),
      summary: mixedAbstract(material, random),
      authors: mixedAuthors(material, random),
      publishedAt: sameDay(dated.paper.publishedAt, random),
      ...(random.next() < SHARE_WITH_UPVOTES &&
        material.upvotes.length && { upvotes: random.pick(material.upvotes) }),
      ai_keywords: tagged.paper.ai_keywords,
      githubRepo: coded.paper.githubRepo,
      githubStars: coded.paper.githubStars,
    },
    venue: dated.venue,
    citations: dated.citations,
    tags: tagged.tags,
    organization: placed.organization,
    organizations: placed.organizations,
  };
}

function mixedTitle(one: string, other: string): string {
  const [first, second] = [one.split(/\s+/), other.split(/\s+/)];
  return [...first.slice(0, Math.ceil(first.length / 2)), ...second.slice(second.length >> 1)].join(" ");
}

/** As many sentences as some real abstract has, within limits. */
function mixedAbstract({ papers }: Material, random: Random): string {
  const { length } = random.pick(papers).sentences;
  const count = Math.min(Math.max(length, SENTENCES.least), SENTENCES.most);
  return Array.from({ length: count }, () => random.pick(random.pick(papers).sentences)).join(" ");
}

function mixedAuthors({ papers, authors }: Material, random: Random): { name: string }[] {
  const { length } = random.pick(papers).paper.authors ?? [];
  const names = Array.from({ length }, () => {
    const name = random.pick(authors);
    if (random.next() >= SHARE_OF_NEW_AUTHORS) return name;
    const [given = name] = name.split(" ");
    return `${given} ${random.pick(authors).split(" ").at(-1) ?? ""}`.trim();
  });
  return [...new Set(names)].map((name) => ({ name }));
}

/** Real dates have no time of day. */
function sameDay(date: string, random: Random): string {
  const midnight = Math.floor(Date.parse(date) / DAY) * DAY;
  return new Date(midnight + random.below(DAY)).toISOString();
}
