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
import { amountOf, conditionsOf, type Amount, type Condition } from "./cost-arguments.js";
import { SCANS, SIZES } from "./cost-weights.js";
import { ownPoints, pointsOfEach, timesOf } from "./field-cost.js";

/** A selection set as the cost sees it. Fragments are shared, not copied to where they are spread. */
export interface Plan {
  fields: PlannedField[];
  spreads: { plan: Plan; when: Condition[] }[];
}

export interface PlannedField {
  name: string;
  when: Condition[];
  /** Points for asking it once. */
  own: number;
  /** Points for asking it at all, however often. */
  once: number;
  /** Points for each thing that it returns. */
  each: number;
  /** How many things it returns; "page": what the page around it holds. */
  times: Amount | "page";
  /** The page that it and what is below it read; null: the one around it. */
  page: Amount | null;
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
      if (selection.kind === Kind.FIELD) {
        const field = this.fieldOf(selection, type);
        if (field) plan.fields.push(this.planField(selection, type, field));
      } else {
        plan.spreads.push({ plan: this.spreadPlan(selection, type), when: conditionsOf(selection) });
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
    const sized = SIZES.filter((name) => field.args.some((argument) => argument.name === name));
    const page = sized.length ? amountOf(node, field, sized) : null;
    return {
      name: field.name,
      when: conditionsOf(node),
      own: ownPoints(this.schema, type, field, node),
      once: SCANS[`${type.name}.${field.name}`] ?? 0,
      each: pointsOfEach(result),
      times: timesOf(type, field, page),
      page,
      below: node.selectionSet ? this.planOf(node.selectionSet, result) : null,
    };
  }
}
