import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from "fastify";
import { OperationTypeNode } from "graphql";
import type { Context } from "../context.js";
import type { Reading } from "../reading.js";
import type { KnownOperation, KnownOperations } from "./known-operations.js";
import type { GraphqlLimits } from "./limit-settings.js";
import { admitOperation, COST_HEADER } from "./operation-limits.js";
import { readFrom } from "./reading-plugin.js";

export interface ShortcutOptions {
  known: KnownOperations;
  contextOf: (request: FastifyRequest) => Promise<Context>;
  limits: GraphqlLimits;
  reading: Reading;
  /** Told of each answer without errors. */
  onAnswer: (operation: KnownOperation, context: Context) => void;
}

interface Asked {
  operation: KnownOperation;
  variables: Record<string, unknown>;
  type: string;
}

/** What clients that do not care, and those of this decade, send. Others are left to content negotiation. */
const MEDIA_TYPES: Record<string, string> = {
  "": "application/json",
  "*/*": "application/json",
  "application/json": "application/json",
  "application/graphql-response+json": "application/graphql-response+json",
  "application/graphql-response+json,application/json;q=0.9": "application/graphql-response+json",
};

/**
 * Answers queries that were compiled without Apollo Server's pipeline, which takes longer than they do. It holds for what
 * is plain: a POST of a known document, an answer without errors. All else goes on to Apollo Server, with which every
 * operation begins; so does a query in which anything fails, whose result Apollo Server is given to tell.
 */
export function shortcut(
  app: FastifyInstance,
  { known, contextOf, limits, reading, onAnswer }: ShortcutOptions,
  next: RouteHandlerMethod,
): RouteHandlerMethod {
  const answer = async (request: FastifyRequest, { operation, variables }: Asked): Promise<string | null> => {
    const { definition, documentHash } = operation;
    const context = await contextOf(request);
    const name = definition.name?.value ?? null;
    context.record?.operationKnown({ name, type: "query", documentHash });
    await admitOperation(known.schema, operation, variables, limits, context);
    await readFrom(reading, context);
    context.paperColumns = operation.paperColumns;
    const result = await operation.compiled?.query(undefined, context, variables);
    if (!result) return null;
    if (result.errors) {
      if (context.record) known.failed.set(context.record, result);
      return null;
    }
    onAnswer(operation, context);
    return `${JSON.stringify({ data: result.data as unknown })}\n`;
  };
  return async (request, reply) => {
    const asked = askedOf(known, request);
    const body = asked && (await answer(request, asked).catch(() => null));
    if (body === null) return next.call(app, request, reply);
    void reply.type(`${asked?.type ?? ""}; charset=utf-8`);
    return body;
  };
}

/** @returns null for what is Apollo Server's to understand. */
function askedOf(known: KnownOperations, request: FastifyRequest): Asked | null {
  const type = MEDIA_TYPES[request.headers.accept ?? ""];
  const question = type && isPlain(request) && isRecord(request.body) && questionOf(request.body);
  if (!question) return null;
  const operation = known.find(question.query, question.operationName);
  if (operation?.definition.operation !== OperationTypeNode.QUERY) return null;
  return { operation, variables: question.variables, type };
}

function isPlain({ method, headers, record }: FastifyRequest): boolean {
  return method === "POST" && !(COST_HEADER in headers) && !record?.trace;
}

interface PlainQuestion {
  query: string;
  operationName: string | null;
  variables: Record<string, unknown>;
}

function questionOf(body: Record<string, unknown>): PlainQuestion | null {
  const { query, operationName = null, extensions = null } = body;
  const variables = body.variables ?? {};
  if (typeof query !== "string" || extensions !== null || !isRecord(variables)) return null;
  if (operationName !== null && typeof operationName !== "string") return null;
  return { query, operationName, variables };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
