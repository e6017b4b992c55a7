import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from "graphql";
import type { Random } from "./random.js";

export interface RandomDocument {
  query: string;
  variables: Record<string, unknown>;
  operationName: string | null;
}

/** Values that are given where a scalar is wanted, by its name: right ones, and now and then a wrong one. */
export type Samples = Record<string, readonly unknown[]>;

/** Fields whose answers differ from run to run. */
const LEFT_OUT = new Set(["rateLimit", "server"]);
const MAX_DEPTH = 6;
const MAX_FIELDS = 45;

/**
 * Makes a document out of a schema: fragments in fragments, @skip and @include with literals and variables, aliases,
 * variables of every input type with and without defaults, nulls, recursive inputs, and arguments that are refused.
 */
export function randomDocument(schema: GraphQLSchema, samples: Samples, random: Random): RandomDocument {
  return new Generator(schema, samples, random).document();
}

class Generator {
  private readonly fragments: string[] = [];
  private readonly declared: string[] = [];
  private readonly variables: Record<string, unknown> = {};
  private readonly spreadable: { name: string; type: string }[] = [];
  private fields = 0;
  private names = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly samples: Samples,
    private readonly random: Random,
  ) {}

  document(): RandomDocument {
    const selection = this.selectionOf(this.schema.getQueryType() as GraphQLNamedType, 0);
    const operationName = this.chance(0.4) ? "Asked" : null;
    const declared = this.declared.length ? `(${this.declared.join(", ")})` : "";
    const query = [`query ${operationName ?? ""}${declared} ${selection}`, ...this.fragments].join("\n");
    const other = operationName && this.chance(0.3) ? "\nquery Other { __typename }" : "";
    const isNamed = operationName !== null && (other !== "" || this.chance(0.5));
    return {
      query: query + other,
      variables: this.variables,
      operationName: isNamed ? operationName : null,
    };
  }

  private selectionOf(type: GraphQLNamedType, depth: number): string {
    const count = 1 + this.random.below(depth === 0 ? 4 : 5);
    const parts: string[] = [];
    for (let index = 0; index < count; index++) {
      const kind = this.random.next();
      if (kind < 0.12 && depth > 0) parts.push(this.inlineFragment(type, depth));
      else if (kind < 0.24 && depth > 0) parts.push(this.fragmentSpread(type, depth));
      else parts.push(this.field(type, depth));
    }
    return `{ ${parts.join(" ")} }`;
  }

  private field(type: GraphQLNamedType, depth: number): string {
    const fields = this.fieldsOf(type).filter(
      (field) => depth < MAX_DEPTH || !isCompositeType(getNamedType(field.type)),
    );
    if (!fields.length || this.fields > MAX_FIELDS || this.chance(0.05)) return "__typename";
    const field = this.random.pick(fields);
    this.fields++;
    const given = field.args.filter(
      (argument) =>
        isRequiredArgument(argument) ||
        this.chance(isInputObjectType(getNamedType(argument.type)) ? 0.3 : 0.25),
    );
    const args = given.length ? `(${given.map((argument) => this.argument(argument)).join(", ")})` : "";
    // Fields with arguments have names of their own: two of them could not be merged.
    const alias = args || this.chance(0.1) ? `${this.name("f")}: ` : "";
    const result = getNamedType(field.type);
    const inner = isCompositeType(result) ? ` ${this.selectionOf(result, depth + 1)}` : "";
    return `${alias}${field.name}${args}${this.directives()}${inner}`;
  }

  private fieldsOf(type: GraphQLNamedType): GraphQLField<unknown, unknown>[] {
    if (!("getFields" in type) || isInputObjectType(type)) return [];
    return Object.values(type.getFields()).filter(({ name }) => !LEFT_OUT.has(name));
  }

  private inlineFragment(type: GraphQLNamedType, depth: number): string {
    const on = this.chance(0.7) ? ` on ${this.overlapping(type).name}` : "";
    const inside = on ? this.schema.getType(on.slice(4)) : type;
    return `...${on}${this.directives()} ${this.selectionOf(inside ?? type, depth + 1)}`;
  }

  private fragmentSpread(type: GraphQLNamedType, depth: number): string {
    const known = this.spreadable.filter((fragment) => fragment.type === type.name);
    if (known.length && this.chance(0.5)) return `...${this.random.pick(known).name}${this.directives()}`;
    const name = this.name("Fragment");
    const on = this.overlapping(type);
    const body = this.selectionOf(on, depth + 1);
    this.fragments.push(`fragment ${name} on ${on.name} ${body}`);
    // Known only now: a fragment does not spread itself.
    this.spreadable.push({ name, type: on.name });
    return `...${name}${this.directives()}`;
  }

  /** A type that an object of `type` can be of. */
  private overlapping(type: GraphQLNamedType): GraphQLNamedType {
    if (isAbstractType(type))
      return this.chance(0.3) ? type : this.random.pick(this.schema.getPossibleTypes(type));
    if (isObjectType(type)) return this.random.pick([type, type, ...type.getInterfaces()]);
    return type;
  }

  private directives(): string {
    if (!this.chance(0.15)) return "";
    const name = this.random.pick(["skip", "include"]);
    if (this.chance(0.4)) return ` @${name}(if: ${this.chance(0.5)})`;
    return ` @${name}(if: ${this.variable("Boolean!", this.chance(0.5))})`;
  }

  private argument({ name, type }: GraphQLArgument): string {
    return `${name}: ${this.chance(0.4) ? this.variableOf(type) : this.literal(type, 0)}`;
  }

  private variableOf(type: GraphQLInputType): string {
    if (isNonNullType(type)) return this.variable(String(type), this.value(type, 0));
    const roll = this.random.next();
    if (roll < 0.15) return this.variable(String(type), null);
    const fallback = this.chance(0.3) ? ` = ${this.literal(type, 0, true)}` : "";
    // Neither a value nor null: left out.
    if (roll < 0.35) return this.variable(String(type) + fallback, undefined);
    return this.variable(String(type) + fallback, this.value(type, 0));
  }

  private variable(declaration: string, value: unknown): string {
    const name = this.name("v");
    this.declared.push(`$${name}: ${declaration}`);
    if (value !== undefined) this.variables[name] = value;
    return `$${name}`;
  }

  /** A value as JSON. */
  private value(type: GraphQLInputType, depth: number): unknown {
    const nullable = getNullableType(type);
    if (!isNonNullType(type) && this.chance(0.1)) return null;
    if (isListType(nullable)) {
      // A single value is taken as a list of one.
      if (this.chance(0.15)) return this.value(nullable.ofType, depth);
      return Array.from({ length: this.random.below(3) }, () => this.value(nullable.ofType, depth));
    }
    if (isInputObjectType(nullable)) {
      const fields = Object.values(nullable.getFields()).filter(
        (field) => isRequiredArgument(field as never) || (depth < 3 && this.chance(0.2)),
      );
      return Object.fromEntries(fields.map((field) => [field.name, this.value(field.type, depth + 1)]));
    }
    if (isEnumType(nullable)) return this.random.pick(nullable.getValues()).name;
    return this.random.pick(this.samples[(nullable as GraphQLNamedType).name] ?? [null]);
  }

  /** The same, written out in the document; inputs inside of it may be variables, but not in a constant. */
  private literal(type: GraphQLInputType, depth: number, isConstant = false): string {
    const nullable = getNullableType(type);
    if (depth > 0 && !isConstant && this.chance(0.1)) return this.variableOf(type);
    if (!isNonNullType(type) && this.chance(0.08)) return "null";
    if (isListType(nullable)) {
      const inner = nullable.ofType;
      if (this.chance(0.15)) return this.literal(inner, depth, isConstant);
      return `[${Array.from({ length: this.random.below(3) }, () => this.literal(inner, depth, isConstant)).join(", ")}]`;
    }
    if (isInputObjectType(nullable)) {
      const fields = Object.values(nullable.getFields()).filter(
        (field) => isRequiredArgument(field as never) || (depth < 3 && this.chance(0.2)),
      );
      return `{${fields.map((field) => `${field.name}: ${this.literal(field.type, depth + 1, isConstant)}`).join(", ")}}`;
    }
    const value = this.value(nullable, depth);
    return isEnumType(nullable) ? String(value) : JSON.stringify(value);
  }

  private name(prefix: string): string {
    return `${prefix}${++this.names}`;
  }

  private chance(probability: number): boolean {
    return this.random.next() < probability;
  }
}
