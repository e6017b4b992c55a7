import type { FastifyRequest } from "fastify";
import type { Stores } from "../context.js";

/** @returns the stores over a handle of the database that tells the request's record of each statement. */
export function storesFor({ record }: Pick<FastifyRequest, "record">, stores: Stores): Stores {
  return record ? stores.over(stores.db.heardBy(record.onStatement)) : stores;
}
