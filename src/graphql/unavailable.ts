import { HeaderMap, type ApolloServerPlugin, type HTTPGraphQLHead } from "@apollo/server";
import type { Context } from "../context.js";
import type { PapergraphError } from "../errors.js";

/** Seconds after which it is worth asking again. */
const RETRY_AFTER = 5;

const UNAVAILABLE = ["SERVICE_UNAVAILABLE", "QUERY_TIMEOUT"];

/** @returns status and headers of a request that is refused before its document is looked at. */
export function refusalOf({ status, retryAfter }: PapergraphError): HTTPGraphQLHead {
  const seconds = retryAfter ?? (status === 503 ? RETRY_AFTER : null);
  return { status, headers: new HeaderMap(seconds === null ? [] : [["retry-after", String(seconds)]]) };
}

/**
 * Tells proxies and clients that retry that nothing was answered for want of the database: 503 with Retry-After,
 * whichever media type was asked for. An answer that has something is what it is.
 */
export const unavailablePlugin: ApolloServerPlugin<Context> = {
  requestDidStart: () =>
    Promise.resolve({
      willSendResponse({ response: { body, http } }) {
        if (body.kind !== "single") return Promise.resolve();
        const { data, errors = [] } = body.singleResult;
        const isEmpty = Object.values(data ?? {}).every((value) => value == null);
        if (isEmpty && errors.some(({ extensions }) => UNAVAILABLE.includes(String(extensions?.code)))) {
          http.status = 503;
          if (!http.headers.has("retry-after")) http.headers.set("retry-after", String(RETRY_AFTER));
        }
        return Promise.resolve();
      },
    }),
};
