import type { FastifyRequest } from "fastify";
import { searchWork } from "../../search/bounds/search-work.js";
import { searchPoints } from "./search-points.js";
import { CONNECTION, FIELDS, HIGHLIGHTED_TERM, HIGHLIGHTS, OBJECT, SCANS, SMALL_OBJECT } from "./weights.js";

/** Points that a request costs at most, counted from its parameters, which have been checked. */
export type RouteCost = (request: Pick<FastifyRequest, "query">) => number;

/** A paper with the objects that REST writes around it: authors, tags, organisations, its submitter. */
const PAPER = OBJECT + 20 * SMALL_OBJECT;

interface Query {
  q?: string;
  limit?: number;
  by?: string[];
  dimension?: string;
  splitBy?: string;
}

/** @returns the cost of a page of papers, by `limit` and the terms of `q`. */
export function papersCost({ usual = 50, highlights = false } = {}): RouteCost {
  return ({ query }) => {
    const { q = "", limit = usual } = query as Query;
    const page = CONNECTION + limit * PAPER;
    if (!q.trim()) return points(page);
    const work = searchWork(q);
    const highlighting = highlights ? limit * (HIGHLIGHTS + work.terms * HIGHLIGHTED_TERM) : 0;
    return points(page + searchPoints(work) + highlighting);
  };
}

/** @returns the cost of a GraphQL field over all papers that match, by the terms of `q`: the same as GraphQL's. */
export function analyticsCost(field: string): RouteCost {
  const own = CONNECTION + (FIELDS[field] ?? 0) + (SCANS[field] ?? 0);
  return ({ query }) => {
    const { q = "", limit = 0 } = query as Query;
    return points(own + (q.trim() ? searchPoints(searchWork(q)) : 0) + limit * OBJECT);
  };
}

/** An export reads whatever matches; it is charged by its time when it ends. */
export const EXPORT_COST = 100;

function points(sum: number): number {
  return Math.max(1, Math.ceil(Math.round(sum * 1e6) / 1e6));
}
