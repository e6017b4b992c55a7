/** Where a word must stand; `any` is every text of the paper. */
export type TextField = "any" | "title" | "abstract" | "author";
export type Field = TextField | "org" | "tag";

/** One word as typed, or the words between quotes; with `prefix` its last word is only the beginning of a word. */
export interface TermNode {
  kind: "word" | "phrase";
  field: Field;
  text: string;
  prefix: boolean;
}

/** Years of publication, both inclusive; null is open, at most one of the two. */
export interface YearNode {
  kind: "year";
  from: number | null;
  to: number | null;
}

/** Two children or more, none of the same kind: groups within groups of the same kind are flattened. */
export interface GroupNode {
  kind: "and" | "or";
  children: QueryNode[];
}

export interface SignedNode {
  kind: "not" | "required";
  child: QueryNode;
}

export type QueryNode = TermNode | YearNode | GroupNode | SignedNode;

/** @returns the one tree for these children, or null when there are none. */
export function group(kind: GroupNode["kind"], nodes: readonly QueryNode[]): QueryNode | null {
  const children = nodes.flatMap((node) => (node.kind === kind ? node.children : [node]));
  return children.length > 1 ? { kind, children } : (children[0] ?? null);
}

/** @returns the node without double signs: not-not is nothing, and what is excluded cannot be required. */
export function signed(kind: SignedNode["kind"], child: QueryNode): QueryNode {
  if (child.kind === "required") return signed(kind, child.child);
  if (child.kind === "not") return kind === "not" ? child.child : child;
  return { kind, child };
}

/** @returns the words and phrases of the tree, in the order they were typed; with or without what is excluded. */
export function termsOf(node: QueryNode, excluded: boolean): TermNode[] {
  switch (node.kind) {
    case "word":
    case "phrase":
      return [node];
    case "year":
      return [];
    case "not":
      return excluded ? termsOf(node.child, excluded) : [];
    case "required":
      return termsOf(node.child, excluded);
    case "and":
    case "or":
      return node.children.flatMap((child) => termsOf(child, excluded));
  }
}

/** @returns whether the term names organisations or tags, which are conditions on ids. */
export function isNamed({ field }: TermNode): boolean {
  return field === "org" || field === "tag";
}

/** @returns the query in its own language; parsing that gives the same tree again. */
export function queryText(node: QueryNode | null): string {
  if (!node) return "";
  switch (node.kind) {
    case "word":
    case "phrase":
      return termText(node);
    case "year":
      return yearText(node);
    case "not":
      return `-${operandText(node.child)}`;
    case "required":
      return `+${operandText(node.child)}`;
    case "or":
      return node.children.map(operandText).join(" OR ");
    case "and":
      return node.children
        .map((child) => (child.kind === "or" ? operandText(child) : queryText(child)))
        .join(" ");
  }
}

function operandText(node: QueryNode): string {
  return node.kind === "and" || node.kind === "or" ? `(${queryText(node)})` : queryText(node);
}

function termText({ kind, field, text, prefix }: TermNode): string {
  const starred = prefix ? `${text}*` : text;
  const value = kind === "phrase" ? `"${starred}"` : starred;
  return field === "any" ? value : `${field}:${value}`;
}

function yearText({ from, to }: YearNode): string {
  return from === to ? `year:${String(from)}` : `year:${from ?? ""}..${to ?? ""}`;
}
