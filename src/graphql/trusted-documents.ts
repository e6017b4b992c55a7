import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { FastifyRequest } from "fastify";
import { OperatorError, PapergraphError } from "../errors.js";

/** The only documents that are run, by the SHA-256 of their text. */
export type TrustedDocuments = ReadonlyMap<string, string>;

/** As Apollo's tools write it; Relay's and others' write a plain object of ids and texts. */
interface ApolloManifest {
  format: "apollo-persisted-query-manifest";
  operations: { id: string; body: string }[];
}

/** @throws OperatorError that says what is wrong with the file. */
export function readTrustedDocuments(file: string): TrustedDocuments {
  const documents = new Map(entriesOf(file));
  for (const [id, text] of documents)
    if (hashOf(text) !== id)
      throw new OperatorError(
        `TRUSTED_DOCUMENTS: in ${file} the id "${id.slice(0, 80)}" is not the SHA-256 of its text in hexadecimal.`,
      );
  return documents;
}

function entriesOf(file: string): [id: string, text: string][] {
  const manifest = parse(file);
  const entries = isApollos(manifest)
    ? manifest.operations.map(({ id, body }) => [id, body])
    : Object.entries(manifest as object);
  if (!entries.length || !entries.every((entry): entry is [string, string] => entry.every(isText)))
    throw new OperatorError(
      `TRUSTED_DOCUMENTS: ${file} is no manifest of persisted documents: it takes Apollo's format, or an object of ids and texts.`,
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
  return typeof value === "string";
}

/**
 * Refuses a text that is not among the documents, before anything reads it. What comes by its hash is looked up later.
 * @throws DOCUMENT_NOT_TRUSTED.
 */
export function refuseUntrusted(documents: TrustedDocuments, request: FastifyRequest): void {
  const { query } = ((request.method === "GET" ? request.query : request.body) ?? {}) as { query?: unknown };
  if (typeof query === "string" && !documents.has(hashOf(query)))
    throw new PapergraphError(
      "DOCUMENT_NOT_TRUSTED",
      "This server runs only the documents that it was given beforehand: send the id of one as `extensions.persistedQuery.sha256Hash`.",
    );
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
