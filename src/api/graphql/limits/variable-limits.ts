import { badInput } from "../../../shared/errors.js";
import type { GraphqlLimits } from "../../../config/graphql.config.js";

/**
 * Looks at variables as they were sent, before anything is made of them. Not by recursion: JSON may nest deeper than the
 * stack goes.
 * @throws BAD_USER_INPUT that names the variable.
 */
export function checkVariables(
  variables: Readonly<Record<string, unknown>>,
  { variableDepth, list }: Pick<GraphqlLimits, "variableDepth" | "list">,
): void {
  let level = within(variables, "");
  for (let depth = 1; level.length; depth++) {
    for (const { value, path } of level) {
      if (depth > variableDepth) throw badInput(path, `takes values nested at most ${variableDepth} deep.`);
      if (Array.isArray(value) && value.length > list) throw badInput(path, `takes at most ${list} values.`);
    }
    level = level.flatMap(({ value, path }) => within(value, path));
  }
}

interface Inner {
  value: object;
  path: string;
}

/** The objects and lists that a value holds. */
function within(holder: object, path: string): Inner[] {
  return Object.entries(holder).flatMap(([key, value]: [string, unknown]) =>
    typeof value === "object" && value !== null
      ? [{ value, path: Array.isArray(holder) ? `${path}[${key}]` : joined(path, key) }]
      : [],
  );
}

/** Only names that a schema could have are repeated to the caller. */
function joined(path: string, key: string): string {
  const name = /^[A-Za-z]\w{0,49}$/.test(key) ? key : "?";
  return path ? `${path}.${name}` : name;
}
