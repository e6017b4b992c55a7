import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from "fastify";
import { OperationTypeNode } from "graphql";
import { COST_HEADER } from "../cost/cost-extension.plugin.js";
import { documentHash, type DocumentCache } from "./document-cache.js";
import type { GraphqlContext } from "./graphql-context.js";
import type { OperationInfo, OperationInfos } from "./operation-info.js";
import { runOperation, type OperationRunner } from "./run-operation.js";

export interface FastPathOptions {
  runner: OperationRunner;
  documents: DocumentCache;
  operations: OperationInfos;
  /** Makes the request's context, once: whoever asks again is given the same. */
  contextOf: (request: FastifyRequest) => Promise<GraphqlContext>;
}

interface PlainRequest {
  operation: OperationInfo;
  variables: Record<string, unknown>;
  mediaType: string;
}

/** What clients send that do not care, and those of this decade. Others are left to content negotiation. */
const MEDIA_TYPES: Record<string, string> = {
  "": "application/json",
  "*/*": "application/json",
  "application/json": "application/json",
  "application/graphql-response+json": "application/graphql-response+json",
  "application/graphql-response+json,application/json;q=0.9": "application/graphql-response+json",
};

/**
 * Answers plain queries without Apollo Server's pipeline, which takes longer than they do: a POST of a document that was
 * found valid before, and an answer without errors. Everything else goes on to Apollo Server, which is given what came of
 * the operation where it was run here already: it only makes the answer.
 */
export function fastPath(
  app: FastifyInstance,
  options: FastPathOptions,
  next: RouteHandlerMethod,
): RouteHandlerMethod {
  return async (request, reply) => {
    const plain = plainRequestOf(request, options);
    const body = plain && (await answer(request, plain, options).catch(() => null));
    if (body === null) return next.call(app, request, reply);
    void reply.type(`${plain?.mediaType ?? ""}; charset=utf-8`);
    return body;
  };
}

/** @returns null for what has errors: Apollo Server is given the same outcome, and tells them. */
async function answer(
  request: FastifyRequest,
  { operation, variables }: PlainRequest,
  { runner, contextOf }: FastPathOptions,
): Promise<string | null> {
  const context = await contextOf(request);
  context.outcome ??= runOperation(runner, operation, variables, context);
  const { text, errors, data } = await context.outcome;
  if (text !== undefined) return `{"data":${text}}\n`;
  return errors || !data ? null : `${JSON.stringify({ data })}\n`;
}

/** @returns null for what is Apollo Server's to understand. */
function plainRequestOf(
  request: FastifyRequest,
  { documents, operations }: FastPathOptions,
): PlainRequest | null {
  const mediaType = MEDIA_TYPES[request.headers.accept ?? ""];
  const question = mediaType && isPlain(request) && isRecord(request.body) && questionOf(request.body);
  if (!question) return null;
  const document = documents.find(question.hash);
  const operation = document && operations.find(document, question.hash, question.operationName);
  if (operation?.definition.operation !== OperationTypeNode.QUERY) return null;
  return { operation, variables: question.variables, mediaType };
}

function isPlain({ method, headers, record }: FastifyRequest): boolean {
  return method === "POST" && !(COST_HEADER in headers) && !record?.trace;
}

interface Question {
  hash: string;
  operationName: string | null;
  variables: Record<string, unknown>;
}

/** Extensions other than a persisted query's hash mean nothing here, as clients tell their names in them. */
function questionOf(body: Record<string, unknown>): Question | null {
  const { query, operationName = null, extensions } = body;
  const variables = body.variables ?? {};
  if (!isRecord(variables) || (operationName !== null && typeof operationName !== "string")) return null;
  if (isRecord(extensions) ? extensions.persistedQuery !== undefined : extensions != null) return null;
  return typeof query === "string" ? { hash: documentHash(query), operationName, variables } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
