import { Type, type Static } from "typebox";
import { HfComment } from "./comment.schema.js";
import { address, moment, named, ref } from "./named.schema.js";
import { HfAuthor, HfOrganization, HfUser } from "./people.schema.js";

const basics = {
  id: Type.String({ description: "The arXiv id without version, or another source's id." }),
  title: Type.String(),
  summary: Type.String({ description: "The abstract; empty where it is not known." }),
  publishedAt: moment("When the paper was published."),
  upvotes: Type.Integer(),
};

const extras = {
  ai_summary: Type.Optional(Type.String({ description: "What a language model wrote about the paper." })),
  ai_keywords: Type.Optional(Type.Array(Type.String())),
  projectPage: Type.Optional(address("The paper's project page.")),
  githubRepo: Type.Optional(address("The paper's code repository.")),
  githubStars: Type.Optional(Type.Integer({ description: "Stars of the repository, as the import said." })),
  organization: Type.Optional(ref(HfOrganization)),
};

const media = Type.Optional(Type.Array(Type.String(), { description: "Images and videos." }));

const paperProperties = {
  ...basics,
  authors: Type.Array(ref(HfAuthor)),
  ...extras,
  mediaUrls: media,
  submittedOnDailyAt: Type.Optional(moment("When the paper was put into Daily Papers.")),
  submittedOnDailyBy: Type.Optional(ref(HfUser)),
  discussionId: Type.Optional(Type.String()),
  githubRepoAddedBy: Type.Optional(Type.String()),
  ai_summary_model: Type.Optional(Type.String()),
  withdrawnAt: Type.Optional(moment("When the paper was withdrawn.")),
};

export const HfPaper = named(
  "Paper",
  "A paper as lists have it. Keys without a value are absent.",
  paperProperties,
);
export type HfPaper = Static<typeof HfPaper>;

/** What Hugging Face has beside `paper`, with what its Python client looks for there repeated. */
const besidePaper = {
  paper: ref(HfPaper),
  title: basics.title,
  summary: basics.summary,
  publishedAt: basics.publishedAt,
  upvotes: basics.upvotes,
  ...extras,
  thumbnail: Type.Optional(address("A preview image.")),
  numComments: Type.Integer(),
  isAuthorParticipating: Type.Boolean({
    description: "Whether one of the authors takes part in the discussion.",
  }),
};

export const DailyItem = named("DailyItem", "A paper in Daily Papers.", {
  ...besidePaper,
  mediaUrls: media,
  submittedBy: Type.Optional(ref(HfUser)),
  submitterOrganization: Type.Optional(ref(HfOrganization)),
});
export type DailyItem = Static<typeof DailyItem>;

const Run = Type.Object({
  type: Type.Union([Type.Literal("text"), Type.Literal("highlight")]),
  text: Type.String(),
});
const Runs = Type.Array(Run, {
  description: "Joined, the whole text: its parts that were found and the others.",
});
export type Runs = Static<typeof Runs>;

export const SearchItem = named("SearchItem", "A paper that was found.", {
  ...besidePaper,
  mediaUrls: media,
  submittedBy: Type.Optional(ref(HfUser)),
  upvoted: Type.Boolean({ description: "Whether the viewer upvoted it; false when anonymous." }),
  highlightedTitle: Runs,
  highlightedSummary: Runs,
});
export type SearchItem = Static<typeof SearchItem>;

export const ListItem = named("ListItem", "A paper in the list of all papers.", {
  ...basics,
  authors: Type.Array(ref(HfAuthor)),
  ...extras,
  thumbnailUrl: Type.Optional(address("A preview image.")),
});
export type ListItem = Static<typeof ListItem>;

const linked = Type.Array(Type.Object({}), { description: "Repositories are not kept here: always empty." });
const none = Type.Integer({ description: "Repositories are not kept here: always 0." });

export const PaperInfo = named("PaperInfo", "A paper.", {
  ...paperProperties,
  numComments: Type.Integer({ description: "Not given by Hugging Face here, but read by its client." }),
  linkedModels: linked,
  linkedDatasets: linked,
  linkedSpaces: linked,
  numTotalModels: none,
  numTotalDatasets: none,
  numTotalSpaces: none,
  comments: Type.Optional(
    Type.Array(ref(HfComment), { description: "With `field=comments`: the oldest first." }),
  ),
});
export type PaperInfo = Static<typeof PaperInfo>;
