import type { FastifyBaseLogger } from "fastify";
import type { StatementEvent } from "../database/database.js";
import type { RequestTrace } from "./request-trace.js";

/** The GraphQL operation of a request. Its name and its document are the caller's words. */
export interface Operation {
  name: string | null;
  type: "query" | "mutation" | "subscription";
  /** SHA-256 of the document. */
  documentHash: string;
}

/**
 * What is seen of one request while it is served. Whatever serves it is handed the record: to follow a request by
 * itself, AsyncLocalStorage costs a tenth of the processor's time on Node.js 20.
 */
export class RequestRecord {
  /** As performance.now() has it. */
  readonly started = performance.now();
  statements = 0;
  /** In SQL, added up: statements that run side by side count each. */
  sqlMilliseconds = 0;
  operation: Operation | null = null;
  cost: number | null = null;
  /** Codes of the errors that the caller was told. */
  readonly errorCodes: string[] = [];

  constructor(
    readonly log: FastifyBaseLogger,
    /** Null when no traces are made. */
    readonly trace: RequestTrace | null,
  ) {}

  /** Is told of each SQL statement of the request; see `storesFor`. */
  readonly onStatement = (event: StatementEvent): void => {
    this.statements++;
    this.sqlMilliseconds += event.milliseconds;
    this.trace?.statement(event);
  };

  /** To be called as soon as it is known which operation the request runs. */
  operationKnown(operation: Operation): void {
    this.operation = operation;
    this.trace?.operationStarted(operation);
  }
}
