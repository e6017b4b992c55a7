import { Type, type Static, type TSchema, type TUnsafe } from "typebox";
import { FAILURES } from "../../http/error-handler.js";
import { named, ref } from "./named.schema.js";

export const ErrorAnswer = named("Error", "What went wrong.", {
  error: Type.String({ description: "Names the parameter at fault and says what is allowed." }),
  code: Type.Optional(Type.String({ examples: ["BAD_USER_INPUT", "NOT_FOUND", "UNAUTHENTICATED"] })),
});

type Failure = 404 | 409 | 413 | 415;

/** How what takes a body may fail. */
export const BODY = [413, 415] as const;

/** @returns the answers of a route: the good one, and how it may fail beside the ways in which all may. */
export function answers<Good extends TSchema>(good: Good, ...also: Failure[]): { 200: Good } {
  return { 200: described(good), ...failures(also) };
}

/** The same for what makes something new. */
export function created<Good extends TSchema>(good: Good, ...also: Failure[]): { 201: Good } {
  return { 201: described(good), ...failures([...also, ...BODY]) };
}

function described<Good extends TSchema>(good: Good): Good {
  return { description: "What was asked for.", ...good };
}

function failures(also: Failure[]): Record<number, TSchema> {
  const statuses = [400, 401, ...also, 500, 503] as const;
  return Object.fromEntries(
    statuses.map((status) => [status, { ...ref(ErrorAnswer), description: FAILURES[status] }]),
  );
}

const HEADERS = {
  Link: {
    type: "string",
    description: 'Where the next page is: `<address>; rel="next"`. Absent on the last one.',
  },
  "X-Total-Count": { type: "integer", description: "How many there are on all pages." },
  "X-Total-Count-Relation": {
    type: "string",
    enum: ["AT_LEAST"],
    description: "There when X-Total-Count is a lower bound: matches of a search are counted up to 10,000.",
  },
  "X-Search-Relaxed": {
    type: "string",
    enum: ["true"],
    description:
      "There when `q` matched too little as it is, so that papers which lack some of its words match too.",
  },
};

/** The headers of a list whose things are counted. */
export const TOTAL: (keyof typeof HEADERS)[] = ["Link", "X-Total-Count", "X-Total-Count-Relation"];

/** A page of a list, which tells in its headers where the next one is. */
export function listOf<T extends TSchema & { $id: string }>(
  shape: T,
  headers: (keyof typeof HEADERS)[] = ["Link"],
): TUnsafe<Static<T>[]> {
  return Type.Unsafe<Static<T>[]>({
    type: "array",
    items: ref(shape),
    description: "The page; past the end an empty one.",
    headers: headersNamed(...headers),
  });
}

/** @returns these headers of an answer, as OpenAPI describes them. */
export function headersNamed(...names: (keyof typeof HEADERS)[]): object {
  return Object.fromEntries(names.map((name) => [name, HEADERS[name]]));
}
