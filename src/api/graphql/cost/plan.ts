import {
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import { LONGEST, SCANS, SIZES } from "../../cost/weights.js";
import { MAX_PAGE } from "../../../shared/pagination/connection.js";
import { fieldPoints, HIGHLIGHTS_FIELD, listSizeOf, objectPoints } from "./field-cost.js";
import { isExcluded, isGiven, pageSizeOf, type PageSize } from "./page-sizes.js";

/** A selection set as the cost sees it. Fragments are shared, not copied to where they are spread. */
export interface Plan {
  fields: PlannedField[];
  spreads: Plan[];
}

export interface PlannedField {
  name: string;
  /** Points for asking it once. */
  own: number;
  /** Points for asking it at all, however often. */
  once: number;
  /** Points for each object that it returns. */
  each: number;
  /** How many values it returns at most: a number, what its arguments ask for, or what the page around it holds. */
  times: number | "own page" | "page around";
  /** How many more one list of a page may hold. */
  longest: number;
  /** The page that it and what is below it read; null: the one around it. */
  page: PageSize | null;
  /** The text that it searches, or the variable that has it. */
  search: { text: string } | { variable: string } | null;
  /** Whether it looks for each term of the search around it. */
  highlights: boolean;
  below: Plan | null;
}

/** @returns the plan of each operation by name, "" for the one without. To be made once for a document that is valid. */
export function planDocument(schema: GraphQLSchema, document: DocumentNode): Map<string, Plan> {
  const planner = new Planner(schema, document);
  const plans = new Map<string, Plan>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const root = schema.getRootType(definition.operation);
    if (root) plans.set(definition.name?.value ?? "", planner.planOf(definition.selectionSet, root));
  }
  return plans;
}

/** Fields whose size is not that of a default page where their arguments do not say it. */
const OPTIONALLY_SIZED: Readonly<Record<string, "whole list" | "page around">> = {
  "Paper.authors": "whole list",
  "Paper.authorships": "whole list",
  "DailyPapers.papers": "page around",
};

class Planner {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly planned = new Map<string, Plan>();

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
  ) {
    for (const definition of document.definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(definition.name.value, definition);
  }

  planOf({ selections }: SelectionSetNode, type: GraphQLNamedType): Plan {
    const plan: Plan = { fields: [], spreads: [] };
    for (const selection of selections) {
      if (isExcluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const field = this.fieldOf(selection, type);
        if (field) plan.fields.push(this.planField(selection, type, field));
      } else {
        plan.spreads.push(this.spreadPlan(selection, type));
      }
    }
    return plan;
  }

  private spreadPlan(selection: Exclude<SelectionNode, FieldNode>, around: GraphQLNamedType): Plan {
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const name = selection.typeCondition?.name.value;
      const type = name === undefined ? around : this.schema.getType(name);
      return this.planOf(selection.selectionSet, type ?? around);
    }
    const name = selection.name.value;
    const before = this.planned.get(name);
    if (before) return before;
    const plan: Plan = { fields: [], spreads: [] };
    this.planned.set(name, plan);
    const fragment = this.fragments.get(name);
    const type = fragment && this.schema.getType(fragment.typeCondition.name.value);
    if (type) Object.assign(plan, this.planOf(fragment.selectionSet, type));
    return plan;
  }

  private fieldOf(
    { name: { value } }: FieldNode,
    type: GraphQLNamedType,
  ): GraphQLField<unknown, unknown> | null {
    if (value === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (value === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    if (!isObjectType(type) && !isInterfaceType(type)) return null;
    return type.getFields()[value] ?? null;
  }

  private planField(
    node: FieldNode,
    type: GraphQLNamedType,
    field: GraphQLField<unknown, unknown>,
  ): PlannedField {
    const result = getNamedType(field.type);
    const name = `${type.name}.${field.name}`;
    const sized = SIZES.filter((size) => field.args.some((argument) => argument.name === size));
    const page = sized.length ? pageOf(name, node, field, sized) : null;
    return {
      name: field.name,
      own: fieldPoints(type.name, field),
      once: SCANS[name] ?? 0,
      each: objectPoints(result),
      times: listSizeOf(type, field, page !== null),
      longest: page === null ? (LONGEST[name] ?? 0) : 0,
      page,
      search: searchOf(node),
      highlights: name === HIGHLIGHTS_FIELD,
      below: node.selectionSet ? this.planOf(node.selectionSet, result) : null,
    };
  }
}

/** @returns null for the page around, or the whole list. */
function pageOf(
  name: string,
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  sized: readonly string[],
): PageSize | null {
  const size = pageSizeOf(node, field, sized);
  const unsized = OPTIONALLY_SIZED[name];
  if (!unsized) return size;
  const isSized = node.arguments?.some(
    (argument) => sized.includes(argument.name.value) && isGiven(argument),
  );
  if (!isSized) return null;
  if (typeof size === "number") return size;
  // A variable may be left out.
  return unsized === "whole list" ? null : { ...size, otherwise: MAX_PAGE };
}

function searchOf({ arguments: given = [] }: FieldNode): PlannedField["search"] {
  const value = given.find(({ name }) => name.value === "search" || name.value === "prefix")?.value;
  if (value?.kind === Kind.STRING) return { text: value.value };
  return value?.kind === Kind.VARIABLE ? { variable: value.name.value } : null;
}
