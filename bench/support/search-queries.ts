import { seededRandom, type Random } from "./random.js";
import type { PaperLine } from "./real-papers.js";
import { sentencesOf } from "./synthetic-papers.js";

/** What a search asks for, in terms that every full-text engine knows. */
export interface PlainQuery {
  /** All of these words. */
  all?: string;
  /** Any of these. */
  any?: string[];
  phrase?: string;
  prefix?: string;
  not?: string;
}

export interface BenchQuery {
  family: string;
  search: string;
  /** PaperFilter. */
  filter?: object;
  plain: PlainQuery;
}

/** Filters by how many papers they leave. */
export interface FilterFacts {
  /** Each leaves 1 in 10,000. */
  narrow: object[];
  /** Each leaves 9 in 10. */
  wide: object[];
}

const SEED = 3;

/** Half of all papers and less: the more papers match, the more there are to rank. */
const COMMON_WORDS =
  "model learning data method network training image language performance results approach task propose neural information framework large deep algorithm based";

const COMMON_PAIRS = [
  "language model",
  "large language models",
  "reinforcement learning",
  "graph neural network",
  "deep learning",
  "neural network",
  "machine learning",
  "image generation",
  "object detection",
  "semantic segmentation",
  "time series",
  "diffusion model",
  "contrastive learning",
  "state of the art",
  "real world data",
  "computer vision",
  "natural language processing",
  "training data",
  "high quality images",
  "multi agent systems",
  "question answering",
  "knowledge graph",
  "federated learning privacy",
  "vision language model reasoning",
  "self supervised representation learning",
  "low resource machine translation",
  "3d human pose estimation",
  "new method better performance",
];

/** Around 1 in 100. */
const MEDIUM_WORDS =
  "diffusion transformer quantum robot attention video speech retrieval privacy bayesian segmentation benchmark gradient molecular";

/** 1 in 1,000 and fewer. */
const RARE_WORDS =
  "nvidia altermagnet cuprate mujoco ontologies relighting majorana llada brownian pomdp biomarker hadamard";

const OR_LISTS = [
  ["diffusion", "flow"],
  ["transformer", "convolution", "recurrent"],
  ["llama", "gpt", "gemini", "claude"],
  ["model", "method", "framework"],
  ["robot", "manipulation", "navigation", "locomotion"],
  ["segmentation", "detection", "classification"],
  ["quantum", "photonic", "superconducting"],
  ["privacy", "fairness", "safety", "alignment", "bias"],
  ["nvidia", "cuda", "gpu"],
  ["speech", "audio", "music"],
  ["learning", "training", "data", "network", "image", "language", "performance", "results"],
  ["retrieval", "ranking", "search", "recommendation"],
];

const PREFIXES = "trans* neur* quant* learn* model* super* auto* multi* optim* gen* hyper* nvid*";

const PHRASES = [
  "large language models",
  "reinforcement learning from human feedback",
  "chain of thought",
  "state of the art",
  "neural network",
  "attention is all you need",
  "mixture of experts",
  "time series forecasting",
  "gaussian splatting",
  "density functional theory",
  "low rank adaptation",
  "in this paper we propose",
];

const EXCLUSIONS: [all: string, not: string][] = [
  ["diffusion", "image"],
  ["language model", "large"],
  ["learning", "deep"],
  ["model", "language"],
  ["graph", "neural"],
  ["reinforcement learning", "robot"],
  ["transformer", "vision"],
  ["segmentation", "medical"],
  ["quantum", "computing"],
  ["data", "training"],
];

const FIELDS: [search: string, words: string][] = [
  ["title:transformer", "transformer"],
  ['title:"language model"', "language model"],
  ["title:diffusion image", "diffusion image"],
  ["abstract:quantization", "quantization"],
  ["author:bengio", "bengio"],
  ['author:"Yang Liu"', "yang liu"],
  ["author:zhang diffusion", "zhang diffusion"],
  ["org:google", "google"],
  ["org:microsoft language model", "language model"],
  ["tag:cs.CV segmentation", "segmentation"],
  ["tag:cs.RO manipulation", "manipulation"],
  ["year:2024 language model", "language model"],
  ["year:2025..2026 reasoning", "reasoning"],
  ["title:benchmark tag:cs.CL year:2025", "benchmark"],
];

/** Each with two narrow and two wide filters. */
const FILTERED = ["model", "language model", "reinforcement learning", "diffusion"];

const TYPOS = [
  "transfomer",
  "reinforcment learning",
  "difusion modle",
  "segmentaton",
  "nueral network",
  "benchamrk",
];

const SENTENCES = 24;
const SENTENCE_WORDS = 10;
const TITLES = 20;
const LONGEST_TITLE = 250;

/** The 200 searches that the targets are about, the same ones for the same papers. */
export function searchQueries(papers: readonly PaperLine[], facts: FilterFacts): BenchQuery[] {
  const random = seededRandom(SEED);
  const words = (family: string, list: readonly string[]) =>
    list.map((search) => ({ family, search, plain: { all: search } }));
  return [
    ...words("common word", COMMON_WORDS.split(" ")),
    ...words("common pair", COMMON_PAIRS),
    ...words("medium word", MEDIUM_WORDS.split(" ")),
    ...words("rare word", RARE_WORDS.split(" ")),
    ...words("sentence", sentences(papers, random)),
    ...words("title", titles(papers, random)),
    ...OR_LISTS.map((any) => ({ family: "or list", search: any.join(" OR "), plain: { any } })),
    ...PREFIXES.split(" ").map((search) => ({
      family: "prefix",
      search,
      plain: { prefix: search.slice(0, -1) },
    })),
    ...PHRASES.map((phrase) => ({ family: "phrase", search: `"${phrase}"`, plain: { phrase } })),
    ...EXCLUSIONS.map(([all, not]) => ({
      family: "exclusion",
      search: `${all} -${not}`,
      plain: { all, not },
    })),
    ...FIELDS.map(([search, all]) => ({ family: "field", search, plain: { all } })),
    ...filtered(facts, FILTERED),
    ...words("typo", TYPOS),
  ];
}

/** Each search with two filters of each kind. */
export function filtered({ narrow, wide }: FilterFacts, searches: readonly string[]): BenchQuery[] {
  const kinds: [string, object[]][] = [
    ["filter 1:10,000", narrow],
    ["filter 9:10", wide],
  ];
  return searches.flatMap((search, index) =>
    kinds.flatMap(([family, filters]) =>
      [0, 1].flatMap((turn) => {
        const filter = filters[(2 * index + turn) % filters.length];
        return filter ? { family, search, filter, plain: { all: search } } : [];
      }),
    ),
  );
}

/** Ten words in a row out of abstracts, punctuation and all. */
function sentences(papers: readonly PaperLine[], random: Random): string[] {
  const found: string[] = [];
  while (found.length < SENTENCES) {
    const all = sentencesOf(random.pick(papers).paper.summary ?? "");
    const words = all.length ? random.pick(all).split(" ") : [];
    if (words.length <= SENTENCE_WORDS) continue;
    const start = random.below(words.length - SENTENCE_WORDS + 1);
    found.push(words.slice(start, start + SENTENCE_WORDS).join(" "));
  }
  return found;
}

function titles(papers: readonly PaperLine[], random: Random): string[] {
  const found: string[] = [];
  while (found.length < TITLES) {
    const { title } = random.pick(papers).paper;
    if (title.length <= LONGEST_TITLE) found.push(title);
  }
  return found;
}

const PREFIX_COUNT = 400;
const LONGEST_PREFIX = 8;

/** What search boxes are given while somebody types: beginnings of titles, names, tags and family names. */
export function autocompletePrefixes(papers: readonly PaperLine[]): string[] {
  const random = seededRandom(SEED + 1);
  const prefixes: string[] = [];
  for (let turn = 0; prefixes.length < PREFIX_COUNT; turn++) {
    const { paper, tags, organizations } = random.pick(papers);
    const names = [
      [paper.title],
      tags ?? [],
      (organizations ?? []).map(({ name, fullname }) => fullname ?? name),
      (paper.authors ?? []).map(({ name }) => name),
      (paper.authors ?? []).map(({ name }) => name.split(" ").at(-1) ?? name),
    ][turn % 5];
    if (!names?.length) continue;
    const prefix = Array.from(random.pick(names).toLowerCase()).slice(0, 1 + random.below(LONGEST_PREFIX));
    if (prefix.join("").trim()) prefixes.push(prefix.join(""));
  }
  return prefixes;
}

const MISSPELT = 40;

/** Words with a letter too many, too few, or two in each other's place. */
export function misspelt(): string[] {
  const random = seededRandom(SEED + 2);
  const vocabulary = [COMMON_WORDS, MEDIUM_WORDS, RARE_WORDS, ...COMMON_PAIRS]
    .flatMap((text) => text.split(" "))
    .filter(({ length }) => length > 6);
  return Array.from({ length: MISSPELT }, (_, index) => {
    const word = withTypo(random.pick(vocabulary), random);
    return index % 2 ? `${word} ${random.pick(vocabulary)}` : word;
  });
}

function withTypo(word: string, random: Random): string {
  const at = 2 + random.below(word.length - 4);
  const [head, letter, next, tail] = [word.slice(0, at), word[at], word[at + 1], word.slice(at + 2)];
  const edits = [
    `${head}${next}${letter}${tail}`,
    `${head}${next}${tail}`,
    `${head}${letter}${letter}${next}${tail}`,
  ];
  return random.pick(edits.filter((edit) => edit !== word));
}
