import type { Environment } from "./environment.js";
import { OperatorError } from "../shared/errors.js";

/** The values may hold passwords and are not repeated. */
export function replicaUrls(env: Environment): string[] {
  const urls = (env.DATABASE_REPLICA_URLS ?? "").split(/[\s,]+/).filter(Boolean);
  if (urls.some((url) => !/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url))) {
    throw new OperatorError(
      "DATABASE_REPLICA_URLS is not a list of PostgreSQL addresses: write postgres://user:password@host:5432/database, several with commas between them.",
    );
  }
  if (urls.length && !env.DATABASE_URL) {
    throw new OperatorError(
      "DATABASE_REPLICA_URLS is set and DATABASE_URL is not: name the server that they are copies of.",
    );
  }
  return urls;
}
