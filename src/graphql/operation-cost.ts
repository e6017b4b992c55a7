import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from "graphql";
import { valueFromASTUntyped } from "graphql";
import { amountWith, isAsked, type Variables } from "./cost-arguments.js";
import { planDocument, type Plan, type PlannedField } from "./cost-plan.js";

/** What an operation may cost at most. */
export interface OperationCost {
  points: number;
  /** The names of fields that lead to where most of it goes: `papers.nodes.related`. */
  readonly costliestField: string;
}

/** Beyond it no number is told from the next. */
const COUNTLESS = Number.MAX_SAFE_INTEGER;

const plansOf = new WeakMap<DocumentNode, Map<string, Plan>>();
/** The costs of operations that no variable changes. */
const fixed = new WeakMap<Plan, OperationCost>();

/**
 * Counts what an operation may return, before it runs: what a field costs, times what is around it. A field that is
 * written several times counts as often, though it is read once; so do the types of which a thing can be only one.
 */
export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): OperationCost {
  let plans = plansOf.get(document);
  if (!plans) plansOf.set(document, (plans = planDocument(schema, document)));
  const plan = plans.get(operation.name?.value ?? "");
  if (!plan) return { points: 1, costliestField: "" };
  const before = fixed.get(plan);
  if (before) return before;
  const cost = told(costOf(plan, 1, withDefaults(operation, variables), new Map()));
  if (!operation.variableDefinitions?.length) fixed.set(plan, cost);
  return cost;
}

interface Cost {
  /** Points for each time that it is asked. */
  each: number;
  /** Points for all times together. */
  once: number;
  path: Path | null;
}

/** From the outermost field inwards. */
interface Path {
  name: string;
  below: Path | null;
}

const NOTHING: Cost = { each: 0, once: 0, path: null };

/** Costs of fragments, by the page that they are spread on. */
type Known = Map<Plan, Map<number, Cost>>;

function costOf(plan: Plan, page: number, variables: Variables, known: Known): Cost {
  const cost = { ...NOTHING };
  let most = -1;
  const add = ({ each, once, path }: Cost) => {
    cost.each += each;
    cost.once += once;
    if (each + once <= most) return;
    most = each + once;
    cost.path = path;
  };
  for (const field of plan.fields)
    if (isAsked(field.when, variables)) add(costOfField(field, page, variables, known));
  for (const spread of plan.spreads)
    if (isAsked(spread.when, variables)) add(costOfSpread(spread.plan, page, variables, known));
  return cost;
}

function costOfSpread(plan: Plan, page: number, variables: Variables, known: Known): Cost {
  const before = known.get(plan)?.get(page);
  if (before) return before;
  const cost = costOf(plan, page, variables, known);
  known.set(plan, (known.get(plan) ?? new Map<number, Cost>()).set(page, cost));
  return cost;
}

function costOfField(field: PlannedField, around: number, variables: Variables, known: Known): Cost {
  const page = field.page === null ? around : amountWith(field.page, variables);
  const times = field.times === "page" ? page : amountWith(field.times, variables);
  const below = field.below ? costOf(field.below, page, variables, known) : NOTHING;
  const itself = field.own + times * field.each;
  const inside = times * below.each;
  const goesOn = inside + below.once > itself + field.once;
  return {
    each: itself + inside,
    once: field.once + below.once,
    path: { name: field.name, below: goesOn ? below.path : null },
  };
}

function told({ each, once, path }: Cost): OperationCost {
  const points = Math.max(1, Math.ceil(round(each + once)));
  return {
    points: Math.min(COUNTLESS, points),
    get costliestField() {
      return namesOf(path);
    },
  };
}

/** Variables that a request leaves out have the operation's defaults. */
function withDefaults({ variableDefinitions }: OperationDefinitionNode, variables: Variables): Variables {
  const defaults = variableDefinitions?.flatMap(({ variable, defaultValue }) =>
    defaultValue ? [[variable.name.value, valueFromASTUntyped(defaultValue)]] : [],
  );
  return defaults?.length ? { ...(Object.fromEntries(defaults) as Variables), ...variables } : variables;
}

/** Sums of hundredths are not exact. */
function round(points: number): number {
  return points < COUNTLESS / 1e6 ? Math.round(points * 1e6) / 1e6 : points;
}

function namesOf(path: Path | null): string {
  const names: string[] = [];
  for (let at = path; at; at = at.below) names.push(at.name);
  return names.join(".");
}
