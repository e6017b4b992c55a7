import type { ApolloServerPlugin } from "@apollo/server";
import type { GraphQLFormattedError } from "graphql";
import type { Context } from "../../../context/request-context.js";
import { noteRequest, statusOf } from "./format-error.js";

/** Failures that pass: a proxy or client in between has to see them without reading the answer. */
const PASSING = new Set(["SERVICE_UNAVAILABLE", "QUERY_TIMEOUT", "RATE_LIMITED"]);

/**
 * GraphQL over HTTP: with application/graphql-response+json an answer without data has a status of 4xx or 5xx; with
 * application/json a request that was executed is 200, unless nothing came of it but failures that pass.
 */
export const answerHead: ApolloServerPlugin<Context> = {
  requestDidStart: () =>
    Promise.resolve({
      didEncounterErrors({ errors, contextValue }) {
        noteRequest(errors, contextValue.requestId);
        return Promise.resolve();
      },
      willSendResponse({ request, response: { body, http } }) {
        if (body.kind !== "single") return Promise.resolve();
        const { data, errors } = body.singleResult;
        if (!errors?.length) return Promise.resolve();
        if (isAskedForText(errors, request.extensions)) return Promise.resolve();
        const isStrict = /application\/graphql-response\+json/.test(
          request.http?.headers.get("accept") ?? "",
        );
        if (!isEmpty(data, isStrict)) return Promise.resolve();
        const passes = errors.some(({ extensions }) => PASSING.has(String(extensions?.code)));
        if (isStrict || passes) http.status = Math.max(http.status ?? 0, statusOf(errors));
        const seconds = retryAfterOf(errors);
        if (seconds > 0) http.headers.set("retry-after", String(seconds));
        return Promise.resolve();
      },
    }),
};

/** Whether nothing came of the request: no data, or, where the protocol does not say otherwise, none but nulls. */
function isEmpty(data: unknown, isStrict: boolean): boolean {
  return data == null || (!isStrict && Object.values(data).every((value) => value === null));
}

/** A client that is asked for the text of its hash has done nothing wrong: its next request has it. */
function isAskedForText(errors: readonly GraphQLFormattedError[], extensions: unknown): boolean {
  const { persistedQuery } = (extensions ?? {}) as { persistedQuery?: { sha256Hash?: unknown } };
  const isHash = /^[0-9a-f]{64}$/.test(String(persistedQuery?.sha256Hash));
  return isHash && errors.every((error) => error.extensions?.code === "PERSISTED_QUERY_NOT_FOUND");
}

function retryAfterOf(errors: readonly GraphQLFormattedError[]): number {
  return Math.max(...errors.map(({ extensions }) => Number(extensions?.retryAfter ?? 0)));
}
