import type { FastifyRequest } from "fastify";
import type { Stores } from "./request-context.js";

/** @returns the stores over a handle of the database whose statements are part of the request's work, and stand in its record. */
export function storesFor({ record, work }: Pick<FastifyRequest, "record" | "work">, stores: Stores): Stores {
  return record || work ? stores.over(stores.db.heardBy(record?.onStatement ?? null, work)) : stores;
}
