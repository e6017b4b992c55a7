import { Type, type TSchema } from "typebox";
import { named, ref } from "./named.js";

export const ErrorAnswer = named("Error", "What went wrong.", {
  error: Type.String({ description: "Names the parameter at fault and says what is allowed." }),
  code: Type.Optional(Type.String({ examples: ["BAD_USER_INPUT", "NOT_FOUND", "UNAUTHENTICATED"] })),
});

const failed = (description: string) => Type.Unsafe({ ...ref(ErrorAnswer), description });

const FAILURES = {
  400: "A parameter is not what it takes.",
  401: "The access token is missing or not valid.",
  404: "There is no such thing.",
  409: "It is so already.",
  503: "The database is not to be had, or the question takes too long. Try again shortly.",
} as const;

/** @returns the answers of a route: the good one, and how it may fail. */
export function answers<Good extends TSchema>(
  good: Good,
  ...failures: (keyof typeof FAILURES)[]
): { 200: Good } {
  const all = [400, ...failures, 503] as const;
  return {
    200: good,
    ...Object.fromEntries(all.map((status) => [status, failed(FAILURES[status])])),
  };
}
