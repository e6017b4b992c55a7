import { Kind, type FieldNode, type GraphQLResolveInfo, type SelectionNode } from "graphql";

/**
 * @param path fields to go down from the one that is being resolved.
 * @returns the names of the fields selected there, in any fragment, whatever `@skip` and `@include` say.
 */
export function selectedFields(info: GraphQLResolveInfo, ...path: string[]): Set<string> {
  let fields = inside(info, info.fieldNodes);
  for (const name of path)
    fields = inside(
      info,
      fields.filter((field) => field.name.value === name),
    );
  return new Set(fields.map((field) => field.name.value));
}

function inside(info: GraphQLResolveInfo, fields: readonly FieldNode[]): FieldNode[] {
  const plain = (selection: SelectionNode): FieldNode[] => {
    if (selection.kind === Kind.FIELD) return [selection];
    const { selectionSet } =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : (info.fragments[selection.name.value] ?? {});
    return selectionSet?.selections.flatMap(plain) ?? [];
  };
  return fields.flatMap((field) => field.selectionSet?.selections.flatMap(plain) ?? []);
}
