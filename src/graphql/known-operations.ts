import {
  getOperationAST,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import { compileQuery, isCompiledQuery, type CompiledQuery } from "graphql-jit";
import { LRUCache } from "lru-cache";
import { columnsOfDocument, type PaperColumns } from "../papers/paper-columns.js";

/** An operation is compiled when it comes for this time: compiling takes as long as running some ten times. */
const COMPILED_AT = 4;

/** Characters of documents under which compiled operations are found again. */
const MAX_TEXT = 4_000_000;

/** An operation of a document that Apollo Server has found valid. */
export interface KnownOperation {
  document: DocumentNode;
  definition: OperationDefinitionNode;
  /** SHA-256 of the document. */
  documentHash: string;
  /** What its fields read of papers. */
  paperColumns: PaperColumns;
  runs: number;
  /** Null before it has come often, and for what cannot be compiled. */
  compiled: CompiledQuery | null;
}

/** The operations that were run. Apollo keeps a bounded number of documents, and what is known of them goes with them. */
export class KnownOperations {
  private readonly ofDocuments = new WeakMap<DocumentNode, Map<string, KnownOperation>>();
  private readonly compiledByText = new LRUCache<string, KnownOperation>({
    maxSize: MAX_TEXT,
    sizeCalculation: (_, text) => text.length,
  });

  /** Results with errors, by what identifies their requests: they are told by who has not run them. */
  readonly failed = new WeakMap<object, ExecutionResult>();

  constructor(readonly schema: GraphQLSchema) {}

  /** @returns a compiled operation by its document's text and its name, which may be left out where there is one. */
  find(text: string, name: string | null): KnownOperation | undefined {
    return this.compiledByText.get(keyOf(text, name));
  }

  /** Counts that the operation is about to run; null when the document has none of that name. */
  runs(
    document: DocumentNode,
    documentHash: string,
    text: string,
    name: string | null,
  ): KnownOperation | null {
    const operation = this.of(document, documentHash, name);
    if (operation && ++operation.runs === COMPILED_AT) {
      const compiled = compileQuery(this.schema, document, name ?? undefined);
      if (isCompiledQuery(compiled)) {
        operation.compiled = compiled;
        this.compiledByText.set(keyOf(text, name), operation);
      }
    }
    return operation;
  }

  private of(document: DocumentNode, documentHash: string, name: string | null): KnownOperation | null {
    let operations = this.ofDocuments.get(document);
    if (!operations) this.ofDocuments.set(document, (operations = new Map<string, KnownOperation>()));
    const before = operations.get(name ?? "");
    if (before) return before;
    const definition = getOperationAST(document, name);
    if (!definition) return null;
    const paperColumns = columnsOfDocument(this.schema, document);
    const operation = { document, definition, documentHash, paperColumns, runs: 0, compiled: null };
    operations.set(name ?? "", operation);
    return operation;
  }
}

function keyOf(text: string, name: string | null): string {
  return name === null ? text : `${name} ${text}`;
}
