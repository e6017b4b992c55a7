import { integer, type Environment } from "./environment.js";

/** What a GraphQL request may be at most; docs/limits.md tells of each. */
export interface GraphqlLimits {
  tokens: number;
  depth: number;
  /** How deep `__schema` and `__type` may be asked, which describe types by nesting. */
  introspectionDepth: number;
  /** Fields with those of fragments wherever they are spread. */
  fields: number;
  aliases: number;
  /** How often a selection may write the same field: whether they can be merged is found out in pairs. */
  repeats: number;
  directives: number;
  operations: number;
  /** Fields at the root of a mutation: they run one after another. */
  mutations: number;
  variableDepth: number;
  /** Values in one list of an argument or variable. */
  list: number;
  /** Points that one operation may cost. */
  cost: number;
  /** Errors that an answer tells. */
  errors: number;
}

/**
 * The property, its variable, its default, and the most that it can be set to. Parser and validator are recursive: more
 * tokens could nest so deep that they overflow the stack. The limit of lists is part of the API's contract and can only be
 * lowered.
 */
export const GRAPHQL_LIMITS: readonly [keyof GraphqlLimits, variable: string, usual: number, most: number][] =
  [
    ["tokens", "GRAPHQL_MAX_TOKENS", 1_000, 2_000],
    ["depth", "GRAPHQL_MAX_DEPTH", 12, 100],
    ["introspectionDepth", "GRAPHQL_MAX_INTROSPECTION_DEPTH", 16, 100],
    ["fields", "GRAPHQL_MAX_FIELDS", 2_000, 100_000],
    ["aliases", "GRAPHQL_MAX_ALIASES", 30, 1_000],
    ["repeats", "GRAPHQL_MAX_REPEATS", 30, 1_000],
    ["directives", "GRAPHQL_MAX_DIRECTIVES", 50, 1_000],
    ["operations", "GRAPHQL_MAX_OPERATIONS", 10, 100],
    ["mutations", "GRAPHQL_MAX_MUTATIONS", 10, 100],
    ["variableDepth", "GRAPHQL_MAX_VARIABLE_DEPTH", 20, 100],
    ["list", "GRAPHQL_MAX_LIST", 100, 100],
    ["cost", "GRAPHQL_MAX_COST", 500, 1_000_000],
    ["errors", "GRAPHQL_MAX_ERRORS", 5, 100],
  ];

/** @throws OperatorError that names the variable, what it holds and what is allowed. */
export function readGraphqlLimits(env: Environment): GraphqlLimits {
  const limits = {} as GraphqlLimits;
  for (const [name, variable, usual, most] of GRAPHQL_LIMITS)
    limits[name] = integer(env, variable, usual, 1, most);
  return limits;
}
