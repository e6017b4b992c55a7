import type { preValidationHookHandler } from "fastify";

type Parameters = Readonly<Record<string, unknown>>;

/**
 * GraphQL over HTTP, appendix A, has `documentId` stand in place of `query`: `sha256:<hash>`, or an id of the server's
 * own. Apollo Server knows its own `extensions.persistedQuery` only, so an id is put there before it reads the request.
 */
export const takeDocumentId: preValidationHookHandler = (request, _reply, done) => {
  const { method, raw, body } = request;
  if (method === "POST") {
    if (isRecord(body)) request.body = withPersistedQuery(body);
  } else if (raw.url?.includes("documentId=")) {
    const [path = "", search] = raw.url.split("?", 2);
    // Apollo Server reads the parameters from the address.
    raw.url = `${path}?${searchWith(new URLSearchParams(search)).toString()}`;
  }
  done();
};

/** @returns the parameters of a request with `documentId` as a persisted query; others as they are. */
export function withPersistedQuery(parameters: Parameters): Parameters {
  const { documentId, extensions, ...others } = parameters;
  const given = extensions ?? {};
  if (typeof documentId !== "string" || !isRecord(given) || given.persistedQuery != null) return parameters;
  const sha256Hash = documentId.replace(/^sha256:/, "");
  return { ...others, extensions: { ...given, persistedQuery: { version: 1, sha256Hash } } };
}

function searchWith(search: URLSearchParams): URLSearchParams {
  const text = search.get("extensions");
  const given = {
    documentId: search.get("documentId"),
    extensions: text === null ? null : parsed(text),
  };
  const parameters = withPersistedQuery(given);
  if (parameters === given) return search;
  search.delete("documentId");
  search.set("extensions", JSON.stringify(parameters.extensions));
  return search;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
