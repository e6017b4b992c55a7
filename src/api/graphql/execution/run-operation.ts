import { execute, OperationTypeNode, type ExecutionResult, type GraphQLSchema } from "graphql";
import { useStores, type Context } from "../../../context/request-context.js";
import { PapergraphError } from "../../../shared/errors.js";
import { costKnown } from "../../../platform/observability/events.js";
import { storesFor } from "../../../context/stores-for.js";
import type { Reading } from "../../../context/read-router.js";
import { operationCost, type OperationCost } from "../cost/operation-cost.js";
import type { GraphqlLimits } from "../../../config/graphql.config.js";
import { responseKey, type ResponseCache } from "../caching/response-cache.js";
import { checkVariables } from "../limits/variable-limits.js";
import type { GraphqlContext } from "./graphql-context.js";
import { readProperty } from "./meter-resolvers.js";
import type { OperationInfo } from "./operation-info.js";

export interface OperationRunner {
  schema: GraphQLSchema;
  limits: GraphqlLimits;
  reading: Reading;
  /** Null keeps no answers. */
  responses: ResponseCache | null;
}

/** What came of an operation. */
export interface Outcome extends ExecutionResult {
  /** The data as JSON, where that was written already. */
  text?: string;
}

/**
 * Runs an operation: the only place that does, whichever way its document came. In this order: its variables are bounded,
 * its cost is counted and refused or charged, a kept answer is taken, its reads are routed, and it is executed by graphql-js
 * within the bounds of the request's work.
 * @throws BAD_USER_INPUT, QUERY_TOO_COMPLEX, QUERY_TIMEOUT or RATE_LIMITED where there is no result at all.
 */
export async function runOperation(
  runner: OperationRunner,
  operation: OperationInfo,
  variables: Record<string, unknown>,
  context: GraphqlContext,
): Promise<Outcome> {
  const { definition, documentHash, costPlan } = operation;
  const name = definition.name?.value ?? null;
  context.operation = operation;
  context.paperColumns = operation.paperColumns;
  context.record?.operationKnown({ name, type: definition.operation, documentHash });
  checkVariables(variables, runner.limits);
  await admit(operationCost(definition, costPlan, variables), name, runner.limits, context);
  if (definition.operation === OperationTypeNode.MUTATION)
    return mutate(runner, operation, variables, context);
  const responses = operation.isPublic && !context.viewer ? runner.responses : null;
  return responses
    ? keptOr(responses, responseKey(operation, variables), () => query(runner, operation, variables, context))
    : query(runner, operation, variables, context);
}

async function admit(
  cost: OperationCost,
  name: string | null,
  limits: GraphqlLimits,
  context: Context,
): Promise<void> {
  const { budget, record } = context;
  costKnown(cost.points, name, record);
  context.operationCost = cost;
  if (cost.points > limits.cost) throw tooComplex(cost, limits.cost);
  await budget?.consume(cost.points);
}

/** Contexts are made for the primary, which mutations keep; a query may read from a replica. */
async function query(
  runner: OperationRunner,
  operation: OperationInfo,
  variables: Record<string, unknown>,
  context: Context,
): Promise<Outcome> {
  const stores = await runner.reading.storesFor(context.viewer);
  if (stores) useStores(context, storesFor(context, stores));
  return executeWithin(runner, operation, variables, context);
}

async function mutate(
  runner: OperationRunner,
  operation: OperationInfo,
  variables: Record<string, unknown>,
  context: Context,
): Promise<Outcome> {
  let hasWritten = true;
  try {
    const result = await executeWithin(runner, operation, variables, context);
    hasWritten = mayHaveWritten(result);
    return result;
  } finally {
    if (hasWritten) await runner.reading.wrote(context.viewer);
  }
}

/** A mutation that was refused has changed nothing; one that failed may have. */
function mayHaveWritten({ data, errors = [] }: ExecutionResult): boolean {
  const isDone = Object.values(data ?? {}).some((payload) => payload !== null);
  return isDone || errors.some(({ originalError }) => originalError != null && !isRefusal(originalError));
}

function isRefusal(error: Error): boolean {
  return error instanceof PapergraphError && error.status < 500;
}

async function keptOr(responses: ResponseCache, key: string, run: () => Promise<Outcome>): Promise<Outcome> {
  const text = responses.get(key);
  if (text !== undefined)
    return {
      text,
      get data() {
        return JSON.parse(text) as Record<string, unknown>;
      },
    };
  const { version } = responses;
  const outcome = await run();
  if (outcome.errors || !outcome.data) return outcome;
  const written = JSON.stringify(outcome.data);
  responses.set(key, written, version);
  return { ...outcome, text: written };
}

async function executeWithin(
  { schema, limits }: Pick<OperationRunner, "schema" | "limits">,
  { document, definition }: OperationInfo,
  variableValues: Record<string, unknown>,
  context: Context,
): Promise<Outcome> {
  const { work } = context;
  work?.check();
  // From here on the request's processor time is counted.
  await work?.yieldIfDue();
  const execution = execute({
    schema,
    document,
    operationName: definition.name?.value,
    contextValue: context,
    variableValues,
    fieldResolver: readProperty,
  });
  const result = await (work ? endedBy(work.signal, execution) : execution);
  // Errors beyond the limit are not told: nothing is to be made of thousands of them.
  return result.errors ? { ...result, errors: result.errors.slice(0, limits.errors) } : result;
}

/** @returns the execution's result; fails with the signal's reason as soon as it is aborted. Resolvers then stop by themselves. */
function endedBy<T>(signal: AbortSignal, execution: T | Promise<T>): T | Promise<T> {
  if (!(execution instanceof Promise)) return execution;
  return new Promise<T>((resolve, reject) => {
    const end = () => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
    execution
      .finally(() => {
        signal.removeEventListener("abort", end);
      })
      .then(resolve, reject);
  });
}

function tooComplex({ points, costliestField }: OperationCost, limit: number): PapergraphError {
  return new PapergraphError(
    "QUERY_TOO_COMPLEX",
    `The operation costs up to ${points} points, and ${limit} are allowed; most of it goes to ${costliestField}. Ask for smaller pages or fewer fields.`,
    undefined,
    undefined,
    { cost: points, limit, costliestField },
  );
}
