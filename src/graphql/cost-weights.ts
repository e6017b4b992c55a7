/**
 * What fields cost, in points: one point is about what one page of a list costs the server, read by an index. All else
 * follows from the schema: what a field returns is counted by its page sizes. The numbers are ratios of measured times,
 * rounded; a new field needs an entry here only when it costs more than reading a row, or is a list without `first`.
 */

/** For each object that an answer may hold. */
export const OBJECT = 0.01;
/** For each connection: a statement, or with many parents a part of one. */
export const CONNECTION = 0.2;
/** For each field at the root of a mutation, as GitHub has it. */
export const MUTATION = 5;
/** For each object that describes the schema: no database is asked. */
export const INTROSPECTION = 0.0005;

/** Objects that only say where others stand. */
export const FREE = new Set(["PageInfo", "RateLimit"]);

/** For asking a field once, beside what it returns. */
export const FIELDS: Readonly<Record<string, number>> = {
  "Query.autocomplete": 1,
  "Query.coOccurrences": 20,
  "Query.trends": 10,
  "Paper.citation": 0.1,
  "Paper.related": 0.3,
  "PaperConnection.facets": 0.2,
  "PaperConnection.groups": 0.4,
  "PaperConnection.stats": 0.2,
  "PaperConnection.timeSeries": 0.4,
  "PaperEdge.highlights": 0.02,
  "SearchInfo.didYouMean": 1,
  "Tag.related": 0.2,
};

/** For asking a field, however many parents it has: one scan of the papers answers for all of them. */
export const SCANS: Readonly<Record<string, number>> = {
  "PaperConnection.facets": 10,
  "PaperConnection.groups": 10,
  "PaperConnection.stats": 5,
  "PaperConnection.timeSeries": 10,
};

/** For an argument that is given, beside its field: a search ranks all that match. */
export const ARGUMENTS: Readonly<Record<string, number>> = { search: 0.3 };

/** How much lists hold that take no `first`: about as much as nine in ten of them do. */
export const LISTS: Readonly<Record<string, number>> = {
  "Paper.authors": 10,
  "Paper.mediaUrls": 5,
  "Paper.organisations": 3,
  "Paper.tags": 5,
  "PaperEdge.highlights": 3,
  "Highlight.ranges": 5,
  "PaperGroup.keys": 3,
  "SearchInfo.warnings": 3,
  "TimeSeries.points": 100,
  "__Directive.args": 2,
  "__Directive.locations": 5,
  "__Field.args": 5,
  "__Schema.directives": 8,
  "__Schema.types": 100,
  "__Type.enumValues": 5,
  "__Type.fields": 10,
  "__Type.inputFields": 8,
  "__Type.interfaces": 1,
  "__Type.possibleTypes": 6,
};

/** Arguments that say how many values a list has, the first that a field takes; `ids` by its length. */
export const SIZES = ["first", "last", "ids", "splitFirst"] as const;
