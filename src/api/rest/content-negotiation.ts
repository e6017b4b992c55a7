import { stringify } from "csv-stringify/sync";
import type { FastifyReply, FastifyRequest } from "fastify";
import Negotiator from "negotiator";
import { Type, type Static, type TSchema, type TUnsafe } from "typebox";
import { vary } from "../http/caching.js";

const JSON_TYPE = "application/json";
const CSV = "text/csv";

/** The parameter of routes that answer JSON or CSV. */
export const format = Type.Optional(
  Type.Enum(["json", "csv"], {
    type: "string",
    description: "Without it what the header Accept prefers, and JSON where it does not say.",
  }),
);

export type Cell = string | number | Date | null | undefined;

/** An answer as rows of cells. */
export interface Table {
  /** The file's name, without its ending. */
  name: string;
  /** Names of columns, in snake case as exports have them. */
  header: string[];
  rows: Cell[][];
}

/** @returns the answer as OpenAPI describes it. */
export function inBoth<T extends TSchema & { headers?: object }>({
  headers,
  ...schema
}: T): TUnsafe<Static<T>> {
  return Type.Unsafe<Static<T>>({
    ...(headers && { headers }),
    content: { [JSON_TYPE]: { schema }, [CSV]: { schema: Type.String() } },
  });
}

/**
 * Sends the answer as the request wants it. In CSV (RFC 4180 with a header) what is null is an empty cell, and texts that
 * spreadsheets would run as a formula get a ' in front.
 * @param table made only where it is sent.
 */
export function sendInEither(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: object,
  table: () => Table,
): FastifyReply {
  vary(reply, "Accept");
  if (!wantsCsv(request)) return reply.send(answer);
  const { name, header, rows } = table();
  return reply
    .type(`${CSV}; charset=utf-8; header=present`)
    .header("content-disposition", `attachment; filename="${name}.csv"`)
    .serializer(String)
    .send(
      stringify([header, ...rows], {
        record_delimiter: "windows",
        escape_formulas: true,
        cast: { date: (date) => date.toISOString() },
      }),
    );
}

function wantsCsv(request: FastifyRequest): boolean {
  const { format: asked } = request.query as { format?: "json" | "csv" };
  return asked ? asked === "csv" : new Negotiator(request).mediaType([JSON_TYPE, CSV]) === CSV;
}

/** @returns a name as columns are called: `hasCode`, `HAS_CODE` → `has_code`. */
export function snakeCase(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
}
