import { valueFromASTUntyped, type OperationDefinitionNode } from "graphql";
import { searchPoints } from "../../cost/search-points.js";
import { HIGHLIGHTED_TERM } from "../../cost/weights.js";
import { searchWork } from "../../../search/bounds/search-work.js";
import { pageSizeWith, type Variables } from "./page-sizes.js";
import type { Plan, PlannedField } from "./plan.js";

/** What an operation may cost at most. */
export interface OperationCost {
  points: number;
  /** The names of fields that lead to where most of it goes: `papers.nodes.related`. */
  readonly costliestField: string;
}

/** Above this, integers are no longer exact. */
const COUNTLESS = Number.MAX_SAFE_INTEGER;

/** The costs of operations that no variable changes. */
const fixed = new WeakMap<Plan, OperationCost>();

/**
 * Counts what an operation may return, before it runs: what a field costs, times what is around it. A field that is
 * written several times counts as often, though it is read once; so do the types of which a thing can be only one.
 */
export function operationCost(
  operation: OperationDefinitionNode,
  plan: Plan,
  variables: Variables,
): OperationCost {
  const before = fixed.get(plan);
  if (before) return before;
  const cost = new CostCounter(withDefaults(operation, variables)).costOf(plan);
  if (!operation.variableDefinitions?.length) fixed.set(plan, cost);
  return cost;
}

interface Cost {
  /** Points for each time that it is asked. */
  each: number;
  /** Points that are added once for each list that it is asked in. */
  list: number;
  /** Points for all times together. */
  once: number;
  path: Path | null;
}

/** From the outermost field inwards. */
interface Path {
  name: string;
  below: Path | null;
}

const NOTHING: Cost = { each: 0, list: 0, once: 0, path: null };

/** What is around a selection. */
interface Surroundings {
  page: number;
  /** Terms of the search whose results are selected. */
  terms: number;
}

class CostCounter {
  /** Costs of fragments, by what they are spread in. */
  private readonly known = new Map<Plan, Map<string, Cost>>();
  private readonly searches = new Map<string, { terms: number; points: number }>();

  constructor(private readonly variables: Variables) {}

  costOf(plan: Plan): OperationCost {
    const { each, list, once, path } = this.ofPlan(plan, { page: 1, terms: 0 });
    const points = Math.max(1, Math.ceil(round(each + list + once)));
    return {
      points: Math.min(COUNTLESS, points),
      get costliestField() {
        return namesOf(path);
      },
    };
  }

  private ofPlan(plan: Plan, around: Surroundings): Cost {
    const cost = { ...NOTHING };
    let most = -1;
    const add = ({ each, list, once, path }: Cost) => {
      cost.each += each;
      cost.list += list;
      cost.once += once;
      if (each + list + once <= most) return;
      most = each + list + once;
      cost.path = path;
    };
    for (const field of plan.fields) add(this.ofField(field, around));
    for (const spread of plan.spreads) add(this.ofSpread(spread, around));
    return cost;
  }

  private ofSpread(plan: Plan, around: Surroundings): Cost {
    const key = `${around.page} ${around.terms}`;
    const before = this.known.get(plan)?.get(key);
    if (before) return before;
    const cost = this.ofPlan(plan, around);
    this.known.set(plan, (this.known.get(plan) ?? new Map<string, Cost>()).set(key, cost));
    return cost;
  }

  private ofField(field: PlannedField, around: Surroundings): Cost {
    const page = field.page === null ? around.page : pageSizeWith(field.page, this.variables);
    const times = typeof field.times === "number" ? field.times : page;
    const search = this.searchOf(field);
    const terms = search?.terms ?? around.terms;
    const below = field.below ? this.ofPlan(field.below, { page, terms }) : NOTHING;
    const highlighting = field.highlights ? around.terms * HIGHLIGHTED_TERM : 0;
    const itself = field.own + (search?.points ?? 0) + highlighting + times * field.each;
    // What is asked in a list is added once for it; a single object passes it on to the list around.
    const isList = field.times !== 1;
    const inside = times * below.each + (isList ? below.list : 0);
    const goesOn = inside + below.list + below.once > itself + field.once;
    return {
      each: itself + inside,
      list: field.longest * (field.each + below.each) + (isList ? 0 : below.list),
      once: field.once + below.once,
      path: { name: field.name, below: goesOn ? below.path : null },
    };
  }

  private searchOf({ search }: PlannedField): { terms: number; points: number } | null {
    if (!search) return null;
    const text = "text" in search ? search.text : this.variables[search.variable];
    if (typeof text !== "string" || !text) return null;
    let counted = this.searches.get(text);
    if (!counted) {
      const work = searchWork(text);
      counted = { terms: work.terms, points: searchPoints(work) };
      this.searches.set(text, counted);
    }
    return counted;
  }
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
