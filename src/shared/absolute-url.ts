/** Imports have the shapes of Hugging Face's API, whose addresses may be relative to its site. */
const SOURCE_SITE = "https://huggingface.co";

/** @returns the address as a browser elsewhere can follow it; null for none, and for what is no http address. */
export function absoluteUrl(address: string | null): string | null {
  if (address === null || !URL.canParse(address, SOURCE_SITE)) return null;
  const { href, protocol } = new URL(address, SOURCE_SITE);
  return /^https?:$/.test(protocol) ? href : null;
}

/** @returns whether it is a whole address on the web: others, such as `javascript:…`, may do what no link should. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\/[^/\s]/i.test(text);
}
