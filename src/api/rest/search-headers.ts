import type { FastifyReply } from "fastify";
import { analysedPapers } from "../../analytics/analysed-papers.js";
import type { Context } from "../../context/request-context.js";
import { ALL_PAPERS } from "../../papers/list/paper-scopes.js";
import { listArgs, setRelaxed } from "./search-papers.js";

/** Sets X-Search-Relaxed where the search of an analysis matches papers that lack some of its words. */
export async function setSearchHeaders(
  context: Context,
  reply: FastifyReply,
  asked: Parameters<typeof listArgs>[0],
): Promise<void> {
  if (!asked.q?.trim()) return;
  const { list } = await analysedPapers(context, listArgs({ ...asked, sort: undefined }), ALL_PAPERS);
  setRelaxed(reply, list);
}
