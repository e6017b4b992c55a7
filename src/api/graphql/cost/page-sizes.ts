import {
  Kind,
  type ArgumentNode,
  type FieldNode,
  type GraphQLField,
  type SelectionNode,
  type ValueNode,
} from "graphql";
import { DEFAULT_PAGE, MAX_PAGE } from "../../../shared/pagination/connection.js";

export type Variables = Readonly<Record<string, unknown>>;

/** A page size: a constant, or taken from the request's variables. */
export type PageSize = number | PageSizeByVariables;

interface PageSizeByVariables {
  /** The variables that it is taken from: the first that has a value. */
  from: string[];
  /** When none of the variables has a value. */
  otherwise: number;
}

/** @returns how many the arguments ask for: the first of `names` that is given, else the field's default. */
export function pageSizeOf(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  names: readonly string[],
): PageSize {
  const from: PageSizeByVariables["from"] = [];
  for (const name of names) {
    const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
    if (value?.kind === Kind.VARIABLE) from.push(value.name.value);
    const known = numberIn(value);
    if (known !== null) return from.length ? { from, otherwise: known } : known;
  }
  const usual = field.args.map(({ name, defaultValue }) => names.includes(name) && defaultValue);
  const otherwise = usual.find((value) => typeof value === "number") ?? DEFAULT_PAGE;
  return from.length ? { from, otherwise } : otherwise;
}

function numberIn(value: ValueNode | undefined): number | null {
  if (value?.kind === Kind.INT) return Number(value.value);
  if (value?.kind === Kind.LIST) return value.values.length;
  return null;
}

/** @returns the page size, kept to what a resolver takes: it refuses any other, in its own words. */
export function pageSizeWith(size: PageSize, variables: Variables): number {
  return Math.min(MAX_PAGE, Math.max(0, typeof size === "number" ? size : sizeIn(size, variables)));
}

function sizeIn({ from, otherwise }: PageSizeByVariables, variables: Variables): number {
  for (const variable of from) {
    const value = variables[variable];
    if (typeof value === "number") return value;
    if (Array.isArray(value)) return value.length;
    // A single value is taken as a list of one.
    if (typeof value === "string") return 1;
  }
  return otherwise;
}

/** @returns whether a literal leaves the selection out for good; what a variable leaves out costs all the same. */
export function isExcluded({ directives = [] }: SelectionNode): boolean {
  return directives.some(({ name, arguments: given = [] }) => {
    const value = given.find((argument) => argument.name.value === "if")?.value;
    if (value?.kind !== Kind.BOOLEAN) return false;
    return (name.value === "skip" && value.value) || (name.value === "include" && !value.value);
  });
}

export function isGiven({ value }: ArgumentNode): boolean {
  return value.kind !== Kind.NULL;
}
