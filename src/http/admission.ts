import type { onRequestHookHandler } from "fastify";
import type { Database } from "../database/database.js";

/**
 * For routes that ask the database: refuses a request, before its body is read, while too many statements wait already.
 * That costs next to nothing, so a server with too much to do still does what it can.
 */
export function admission(db: Database): onRequestHookHandler {
  return (_request, _reply, done) => {
    try {
      db.admit();
      done();
    } catch (error) {
      done(error as Error);
    }
  };
}
