/**
 * What fields and routes cost, in points. One point pays for about 2.5 milliseconds of one core, PostgreSQL's and this
 * process's together; one page of a list, read by an index, is about a point. `npm run bench:cost` prints the work per point. All
 * else follows from the schema: what a field returns is counted by its page sizes, or by what it holds at most. A new field needs an entry
 * here only when it costs more than reading a row, or is a list without `first`.
 */

/** Milliseconds of SQL and of this process that one point pays for: what took longer is charged by its time. */
export const MILLISECONDS_PER_POINT = 2.5;

/** Milliseconds of this process that a request takes beside what is measured of it: its bytes are read, parsed and written. */
export const UNMEASURED_MILLISECONDS = 1;

/** For each object that an answer may hold. */
export const OBJECT = 0.01;
/** For each object of a few short fields, which no statement of its own reads. */
export const SMALL_OBJECT = 0.002;
/** For each connection: a statement, or with many parents a part of one. */
export const CONNECTION = 0.2;
/** For each field at the root of a mutation, as GitHub has it. */
export const MUTATION = 5;
/** For each object that describes the schema: no database is asked. */
export const INTROSPECTION = 0.0005;

/** Objects that only say where others stand. */
export const FREE = new Set(["PageInfo", "RateLimit"]);

/** Objects of a few short fields. */
export const SMALL = new Set([
  "Author",
  "Highlight",
  "Organisation",
  "PaperVersion",
  "Tag",
  "TextRange",
  "TimePoint",
  "User",
]);

/** For asking a field once, beside what it returns. */
export const FIELDS: Readonly<Record<string, number>> = {
  "Query.autocomplete": 3,
  "Query.coOccurrences": 20,
  "Query.trends": 10,
  "Paper.citation": 0.1,
  "Paper.related": 2,
  "PaperConnection.facets": 0.2,
  "PaperConnection.groups": 0.4,
  "PaperConnection.stats": 0.2,
  "PaperConnection.timeSeries": 0.4,
  "PaperConnection.totalCount": 0.5,
  "PaperConnection.totalCountRelation": 0.5,
  "SearchInfo.didYouMean": 3,
  "Tag.related": 0.2,
};

/** For asking a field, however many parents it has: one scan of the papers answers for all of them. */
export const SCANS: Readonly<Record<string, number>> = {
  "PaperConnection.facets": 10,
  "PaperConnection.groups": 10,
  "PaperConnection.stats": 5,
  "PaperConnection.timeSeries": 10,
};

/** For highlighting one paper: for asking, and for each term of the search. */
export const HIGHLIGHTS = 0.02;
export const HIGHLIGHTED_TERM = 0.004;

/** What lists hold at most that take no `first`; imports refuse or cut what is longer. */
export const LISTS: Readonly<Record<string, number>> = {
  "Paper.authors": 250,
  "Paper.authorships": 250,
  "Paper.mediaUrls": 20,
  "Paper.organisations": 20,
  "Paper.tags": 45,
  "PaperEdge.highlights": 5,
  "Highlight.ranges": 20,
  "PaperGroup.keys": 3,
  "SearchInfo.warnings": 10,
  "TimeSeries.points": 1_000,
  // Of the schema, what types have on average: all of it is asked at once.
  "__Directive.args": 2,
  "__Directive.locations": 5,
  "__Field.args": 5,
  "__Schema.directives": 8,
  "__Schema.types": 150,
  "__Type.enumValues": 5,
  "__Type.fields": 10,
  "__Type.inputFields": 8,
  "__Type.interfaces": 1,
  "__Type.possibleTypes": 6,
};

/**
 * What one list of a page may hold beyond LISTS. Few papers have thousands of authors: any n of 174,523 papers have at most
 * 3,100 + 250 n together (one has 3,303, the hundred with the most 23,353).
 */
export const LONGEST: Readonly<Record<string, number>> = {
  "Paper.authors": 3_100,
  "Paper.authorships": 3_100,
};

/** Arguments that say how many values a list has, the first that a field takes; `ids` by its length. */
export const SIZES = ["first", "last", "ids", "splitFirst"] as const;
