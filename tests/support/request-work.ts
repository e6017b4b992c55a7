import type { DatabaseWork } from "../../src/database/connections/connections.js";

export interface TestWork extends DatabaseWork {
  /** Connections that are held for it. */
  held: number;
  sqlMilliseconds: number;
  abort(reason: Error): void;
}

/** The work of a request as the database sees it. */
export function testWork(caller: string): TestWork {
  const controller = new AbortController();
  return {
    caller,
    signal: controller.signal,
    held: 0,
    sqlMilliseconds: 0,
    abort(reason) {
      controller.abort(reason);
    },
    addSql(milliseconds) {
      this.sqlMilliseconds += milliseconds;
    },
    connectionTaken() {
      this.held++;
    },
    connectionReturned() {
      this.held--;
    },
  };
}
