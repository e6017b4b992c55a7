import {
  Kind,
  OperationTypeNode,
  visit,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { GraphqlLimits } from "../../../config/graphql.config.js";

/** How large a document is as it is written, by the limits that ask for it. */
export type DocumentShape = Pick<
  GraphqlLimits,
  | "depth"
  | "introspectionDepth"
  | "fields"
  | "aliases"
  | "repeats"
  | "directives"
  | "operations"
  | "mutations"
>;

type Depths = Pick<DocumentShape, "depth" | "introspectionDepth" | "fields">;

const NOTHING: Depths = { depth: 0, introspectionDepth: 0, fields: 0 };

/** Fields of any type that describe the schema. */
const INTROSPECTION = new Set(["__schema", "__type"]);

/**
 * Measures a document in one pass; fragments are looked into once, however often they are spread, and may be circular:
 * that is for validation to refuse. Aliases and directives count as often as they are written, fields as
 * often as fragments spread them.
 */
export function measureDocument(document: DocumentNode): DocumentShape {
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
  }
  const depths = depthsOf(fragments);
  const each = operations.map(({ selectionSet }) => depths(selectionSet));
  return {
    depth: Math.max(0, ...each.map(({ depth }) => depth)),
    introspectionDepth: Math.max(0, ...each.map(({ introspectionDepth }) => introspectionDepth)),
    fields: Math.max(0, ...each.map(({ fields }) => fields)),
    operations: operations.length,
    mutations: Math.max(
      0,
      ...operations
        .filter(({ operation }) => operation === OperationTypeNode.MUTATION)
        .map(({ selectionSet }) => fieldCount(selectionSet, fragments)),
    ),
    ...written(document),
  };
}

function written(document: DocumentNode): Pick<DocumentShape, "aliases" | "repeats" | "directives"> {
  let aliases = 0;
  let repeats = 0;
  let directives = 0;
  visit(document, {
    Field({ alias }) {
      if (alias) aliases++;
    },
    SelectionSet(node) {
      repeats = Math.max(repeats, ...namesIn(node).values());
    },
    Directive() {
      directives++;
    },
  });
  return { aliases, repeats, directives };
}

/** @returns how often a selection set and the inline fragments in it write each name of the answer. */
function namesIn({ selections }: SelectionSetNode, counts = new Map<string, number>()): Map<string, number> {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const name = (selection.alias ?? selection.name).value;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) namesIn(selection.selectionSet, counts);
  }
  return counts;
}

/** @returns what tells how deep a selection set goes, with a memory of fragments. */
function depthsOf(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
  const known = new Map<string, Depths>();
  const ofFragment = (name: string): Depths => {
    const before = known.get(name);
    if (before) return before;
    // Stands for the fragment while it is looked into, so that a circle ends.
    known.set(name, NOTHING);
    const fragment = fragments.get(name);
    const depths = fragment ? of(fragment.selectionSet) : NOTHING;
    known.set(name, depths);
    return depths;
  };
  const of = ({ selections }: SelectionSetNode): Depths => {
    const all = { ...NOTHING };
    for (const selection of selections) {
      const isField = selection.kind === Kind.FIELD;
      const below =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? ofFragment(selection.name.value)
          : selection.selectionSet
            ? of(selection.selectionSet)
            : NOTHING;
      if (isField && INTROSPECTION.has(selection.name.value))
        all.introspectionDepth = Math.max(all.introspectionDepth, below.depth + 1);
      else all.depth = Math.max(all.depth, below.depth + (isField ? 1 : 0));
      all.introspectionDepth = Math.max(all.introspectionDepth, below.introspectionDepth);
      all.fields += below.fields + (isField ? 1 : 0);
    }
    return all;
  };
  return of;
}

/** How many fields a selection set holds itself; a fragment that is spread twice adds its fields once. */
function fieldCount(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  seen = new Set<string>(),
): number {
  let count = 0;
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) count++;
    else if (selection.kind === Kind.INLINE_FRAGMENT)
      count += fieldCount(selection.selectionSet, fragments, seen);
    else if (!seen.has(selection.name.value)) {
      seen.add(selection.name.value);
      const fragment = fragments.get(selection.name.value);
      if (fragment) count += fieldCount(fragment.selectionSet, fragments, seen);
    }
  }
  return count;
}
