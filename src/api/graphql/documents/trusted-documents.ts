import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FastifyRequest } from "fastify";
import { OperatorError, PapergraphError } from "../../../shared/errors.js";

/** The only documents that are run. */
export interface TrustedDocuments {
  /** @returns the text with this id of the manifest, with or without `sha256:` before it. */
  get(id: string): string | undefined;
  /** Whether this is the text of one of them. */
  hasText(text: string): boolean;
}

/** As Apollo's tools write it; Relay and graphql-codegen write a plain object of ids and texts. */
interface ApolloManifest {
  format: "apollo-persisted-query-manifest";
  operations: { id: string; body: string }[];
}

const PREFIX = "sha256:";

/**
 * Ids are whatever the manifest has: SHA-256 (Apollo), SHA-1 or another, with or without its name before it
 * (graphql-codegen), MD5 (Relay).
 * @throws OperatorError that says what is wrong with the file.
 */
export function readTrustedDocuments(file: string): TrustedDocuments {
  const byId = new Map<string, string>();
  const hashes = new Set<string>();
  for (const [id, text] of entriesOf(file)) {
    byId.set(id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id, text);
    hashes.add(hashOf(text));
  }
  return {
    get: (id) => byId.get(id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id),
    hasText: (text) => hashes.has(hashOf(text)),
  };
}

function entriesOf(file: string): [id: string, text: string][] {
  const manifest = parse(file);
  const entries = isApollos(manifest)
    ? manifest.operations.map(({ id, body }) => [id, body])
    : Object.entries(manifest as object);
  if (!entries.length || !entries.every((entry): entry is [string, string] => entry.every(isText)))
    throw new OperatorError(
      `TRUSTED_DOCUMENTS: ${file} is no manifest of persisted documents: it takes Apollo's format, or an object of ids and texts, as Relay and graphql-codegen write it.`,
    );
  return entries;
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8")) ?? {};
  } catch (error) {
    throw new OperatorError(`TRUSTED_DOCUMENTS: ${file} cannot be read: ${(error as Error).message}`);
  }
}

function isApollos(manifest: unknown): manifest is ApolloManifest {
  const { format, operations } = manifest as Partial<ApolloManifest>;
  return format === "apollo-persisted-query-manifest" && Array.isArray(operations);
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value.length > 0;
}

/**
 * Refuses a text that is not among the documents, before anything reads it. What comes by its id is looked up later.
 * @throws DOCUMENT_NOT_TRUSTED.
 */
export function refuseUntrusted(documents: TrustedDocuments, request: FastifyRequest): void {
  const { query } = ((request.method === "GET" ? request.query : request.body) ?? {}) as { query?: unknown };
  if (typeof query === "string" && !documents.hasText(query))
    throw new PapergraphError(
      "DOCUMENT_NOT_TRUSTED",
      "This server runs only the documents that it was given beforehand: send the id of one as `documentId` or `extensions.persistedQuery.sha256Hash`.",
    );
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
