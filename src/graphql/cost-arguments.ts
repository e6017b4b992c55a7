import {
  Kind,
  type ArgumentNode,
  type FieldNode,
  type GraphQLField,
  type SelectionNode,
  type ValueNode,
} from "graphql";
import { DEFAULT_PAGE, MAX_PAGE } from "../shared/connection.js";

export type Variables = Readonly<Record<string, unknown>>;

/** A number that is known, or that a request's variables tell. */
export type Amount = number | AmountByVariables;

interface AmountByVariables {
  /** The variables that may tell it; the first that has a value does. */
  from: string[];
  /** When none of the variables has a value. */
  otherwise: number;
}

/** What decides whether a selection is asked at all. */
export interface Condition {
  variable: string;
  /** The value with which it is left out. */
  unless: boolean;
}

/** @returns how many the arguments ask for: the first of `names` that is given, else the field's default. */
export function amountOf(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  names: readonly string[],
): Amount {
  const from: AmountByVariables["from"] = [];
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

/** @returns the number, kept to what a resolver takes: it refuses any other, in its own words. */
export function amountWith(amount: Amount, variables: Variables): number {
  return Math.min(MAX_PAGE, Math.max(0, typeof amount === "number" ? amount : told(amount, variables)));
}

function told({ from, otherwise }: AmountByVariables, variables: Variables): number {
  for (const variable of from) {
    const value = variables[variable];
    if (typeof value === "number") return value;
    if (Array.isArray(value)) return value.length;
    // A single value is taken as a list of one.
    if (typeof value === "string") return 1;
  }
  return otherwise;
}

/** @returns what decides, by variables, whether the selection is asked; a literal decides for good. */
export function conditionsOf({ directives = [] }: SelectionNode): Condition[] {
  return directives.flatMap(({ name, arguments: given = [] }) => {
    const value = given.find((argument) => argument.name.value === "if")?.value;
    const unless = name.value === "skip";
    if ((name.value !== "skip" && name.value !== "include") || value?.kind !== Kind.VARIABLE) return [];
    return [{ variable: value.name.value, unless }];
  });
}

export function isAsked(conditions: readonly Condition[], variables: Variables): boolean {
  return conditions.every(({ variable, unless }) => variables[variable] !== unless);
}

export function isGiven({ value }: ArgumentNode): boolean {
  return value.kind !== Kind.NULL;
}
