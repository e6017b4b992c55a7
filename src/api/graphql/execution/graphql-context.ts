import type { Context } from "../../../context/request-context.js";
import type { OperationInfo } from "./operation-info.js";
import type { Outcome } from "./run-operation.js";

/** The context of a GraphQL request. */
export interface GraphqlContext extends Context {
  /** Null until it is run. */
  operation: OperationInfo | null;
  /** What came of the operation, once it was begun: it runs once, whoever asks for the result. */
  outcome: Promise<Outcome> | null;
}
