import type { DocumentNode, Token } from "graphql";
import { LRUCache } from "lru-cache";
import { createHash } from "node:crypto";

/** Bytes of all documents that are kept, as `bytesOf` estimates them. */
const MAX_BYTES = 16_000_000;

/** Bytes that a lexical token takes with the nodes made of it: measured at 260 to 370. */
const TOKEN_BYTES = 400;

/**
 * The documents that were found valid, by the SHA-256 of their texts. A syntax tree keeps its text and its tokens alive,
 * ignored ones excepted, so both count: thousands of commas are text without a token.
 */
export class DocumentCache {
  private readonly documents = new LRUCache<string, DocumentNode>({
    maxSize: MAX_BYTES,
    maxEntrySize: MAX_BYTES / 8,
    sizeCalculation: bytesOf,
  });

  /** Bytes that are kept at the moment, for tests and metrics. */
  get bytes(): number {
    return this.documents.calculatedSize;
  }

  find(hash: string): DocumentNode | undefined {
    return this.documents.get(hash);
  }

  /** @param key Apollo Server's: the hash, with a prefix that is always the same. */
  get(key: string): Promise<DocumentNode | undefined> {
    return Promise.resolve(this.documents.get(hashIn(key)));
  }

  set(key: string, document: DocumentNode): Promise<void> {
    this.documents.set(hashIn(key), document);
    return Promise.resolve();
  }

  delete(key: string): Promise<boolean> {
    return Promise.resolve(this.documents.delete(hashIn(key)));
  }
}

export function documentHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hashIn(key: string): string {
  return key.slice(key.lastIndexOf(":") + 1);
}

function bytesOf({ loc }: DocumentNode): number {
  let tokens = 1;
  for (let token: Token | null | undefined = loc?.startToken; token; token = token.next) tokens++;
  return tokens * TOKEN_BYTES + 2 * (loc?.source.body.length ?? 0);
}
