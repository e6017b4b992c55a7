import type { ApolloServerPlugin, GraphQLRequestListener } from "@apollo/server";
import type { Context } from "../../../context/request-context.js";
import type { RequestRecord } from "../../../platform/observability/request-record.js";

/** Which request an error is of, for who is shown nothing but the error. */
const recordsOfErrors = new WeakMap<object, RequestRecord>();

const listener: GraphQLRequestListener<Context> = {
  didEncounterErrors({ errors, contextValue: { record } }) {
    if (record) for (const error of errors) recordsOfErrors.set(error, record);
    return Promise.resolve();
  },
  willSendResponse({ response: { body }, contextValue: { record } }) {
    if (!record || body.kind !== "single") return Promise.resolve();
    const { errors = [] } = body.singleResult;
    for (const { extensions } of errors) record.errorCodes.push(String(extensions?.code));
    record.trace?.operationEnded(errors.length > 0);
    return Promise.resolve();
  },
};
const listening = Promise.resolve(listener);

/** Tells the request's record which operation it runs and how that ends. */
export const observabilityPlugin: ApolloServerPlugin<Context> = { requestDidStart: () => listening };

/** @returns the record of the request that an error of GraphQL is of. */
export function recordOfError(error: unknown): RequestRecord | undefined {
  return typeof error === "object" && error ? recordsOfErrors.get(error) : undefined;
}
