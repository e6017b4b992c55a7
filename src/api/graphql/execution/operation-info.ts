import {
  getOperationAST,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import { columnsOfDocument, type PaperColumns } from "../../../papers/paper-columns.js";
import { isForEverybody } from "../caching/cache-control.plugin.js";
import { planDocument, type Plan } from "../cost/plan.js";

/** What is known of an operation of a valid document, whatever its variables. */
export interface OperationInfo {
  document: DocumentNode;
  definition: OperationDefinitionNode;
  /** SHA-256 of the document's text. */
  documentHash: string;
  /** The columns of papers that the document's fields read. */
  paperColumns: PaperColumns;
  /** Whether its answer without an access token is the same for everybody. */
  isPublic: boolean;
  costPlan: Plan;
}

interface DocumentInfo {
  plans: Map<string, Plan>;
  operations: Map<string | null, OperationInfo>;
  paperColumns: PaperColumns;
  isPublic: boolean;
}

/** Facts of documents, made once for each and forgotten with it. */
export class OperationInfos {
  private readonly ofDocuments = new WeakMap<DocumentNode, DocumentInfo>();

  constructor(readonly schema: GraphQLSchema) {}

  /**
   * @param name null for a document with one operation.
   * @returns null when the document has no such operation.
   */
  find(document: DocumentNode, documentHash: string, name: string | null): OperationInfo | null {
    const known = this.documentInfo(document);
    const before = known.operations.get(name);
    if (before) return before;
    const definition = getOperationAST(document, name);
    const costPlan = definition && known.plans.get(definition.name?.value ?? "");
    if (!costPlan) return null;
    const { paperColumns, isPublic } = known;
    const info = { document, definition, documentHash, paperColumns, isPublic, costPlan };
    known.operations.set(name, info);
    return info;
  }

  private documentInfo(document: DocumentNode): DocumentInfo {
    const before = this.ofDocuments.get(document);
    if (before) return before;
    const made: DocumentInfo = {
      plans: planDocument(this.schema, document),
      operations: new Map(),
      paperColumns: columnsOfDocument(this.schema, document),
      isPublic: isForEverybody(document),
    };
    this.ofDocuments.set(document, made);
    return made;
  }
}
