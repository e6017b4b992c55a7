import { Readable } from "node:stream";
import { Type } from "typebox";
import { EXPORT_FORMATS, exportPapers, FORMATS } from "../../../export/export-papers.js";
import { EXPORT_COST } from "../../cost/rest-cost.js";
import type { Door, RestApp } from "../rest-context.js";
import { answers } from "../schemas/responses.js";
import { listArgs, SearchQuery, sortBy } from "../search-papers.js";

/** Milliseconds: a million papers take some minutes, more over a slow line. */
const MAX_TIME = 30 * 60_000;
/** Milliseconds for which a reader may leave off. */
const MAX_PAUSE = 60_000;

const TEXT_OR_BYTES = Object.fromEntries(
  EXPORT_FORMATS.map((format) => [
    FORMATS[format].type.split(";")[0] ?? "",
    { schema: { type: "string", ...(format === "parquet" && { format: "binary" }) } },
  ]),
);

/** Which papers, as everywhere, but all of them. */
export const ExportQuery = Type.Object({
  ...Type.Omit(SearchQuery, ["p", "cursor"]).properties,
  sort: sortBy("Without it as they came in, which is quickest."),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 2_147_483_647,
      description: "How many at most. Without it all of them.",
    }),
  ),
});

export function exportRoutes(app: RestApp, door: Door): void {
  app.get(
    "/api/export/papers.:format",
    {
      config: { cost: EXPORT_COST },
      schema: {
        tags: ["Exports"],
        operationId: "exportPapers",
        summary: "All papers that match, as a file",
        description:
          "The papers of any search and filter, without pages: `ndjson`, `csv` and `parquet` have the same columns, `bib` and `ris` are citations. The file is made while it is read, from one state of the database. When something fails midway the connection is cut, so that half a file does not pass for a whole one. Three run at once, two of one caller; 503 with Retry-After tells to wait.",
        params: Type.Object({
          format: Type.Enum([...EXPORT_FORMATS], { type: "string", description: "The kind of file." }),
        }),
        querystring: ExportQuery,
        response: answers(Type.Unsafe<NodeJS.ReadableStream>({ content: TEXT_OR_BYTES })),
      },
    },
    async (request, reply) => {
      const { format } = request.params;
      const file = () =>
        reply
          .type(FORMATS[format].type)
          .header("content-disposition", `attachment; filename="papers.${format}"`);
      // HEAD tells what GET would be; it must not read all papers for that.
      if (request.method === "HEAD") return file().send(Readable.from([]));
      const gone = new AbortController();
      reply.raw.once("close", () => {
        gone.abort();
      });
      const context = await door.contextOf(request);
      const papers = await exportPapers(context, listArgs(request.query), format, {
        caller: request.work?.caller,
        limit: request.query.limit ?? null,
        signal: AbortSignal.any([gone.signal, AbortSignal.timeout(MAX_TIME)]),
        idleTimeout: MAX_PAUSE,
      });
      // From here on the file has its own bounds.
      request.work?.done();
      return file().send(papers);
    },
  );
}
