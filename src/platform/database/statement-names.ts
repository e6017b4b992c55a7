import { LRUCache } from "lru-cache";

/** A text is prepared when it comes for this time. */
const PREPARED_AT = 3;

/**
 * A connection keeps what it has prepared until it is closed, some tens of kilobytes each, and callers can ask for
 * many texts (fields × order × page size). So no more than this many are prepared while connections live, which the
 * pool closes after CONNECTION_LIFETIME.
 */
const MOST_NAMES = 200;

/** Seconds. */
export const CONNECTION_LIFETIME = 1_800;

interface Known {
  uses: number;
  name: string | null;
}

const texts = new LRUCache<string, Known>({ max: 2_000 });
let named = 0;
let since = performance.now();
let serial = 0;

/**
 * @returns the name under which connections keep a statement's plan; undefined for a text that has not come often.
 * Only for statements whose best plan does not depend on their values.
 */
export function statementName(label: string, text: string): string | undefined {
  let known = texts.get(text);
  if (!known) texts.set(text, (known = { uses: 0, name: null }));
  if (known.name === null && ++known.uses >= PREPARED_AT && isRoom()) known.name = `${label} ${++serial}`;
  return known.name ?? undefined;
}

function isRoom(): boolean {
  if (performance.now() - since > CONNECTION_LIFETIME * 1_000) {
    named = 0;
    since = performance.now();
  }
  return named++ < MOST_NAMES;
}
