import { RequestWork } from "../../src/platform/work/request-work.js";

/** The work of a request, which counts the connections that are held for it. */
export class TestWork extends RequestWork {
  held = 0;

  constructor(override caller: string) {
    super();
  }

  override connectionTaken(): void {
    super.connectionTaken();
    this.held++;
  }

  override connectionReturned(): void {
    super.connectionReturned();
    this.held--;
  }
}
