const SEPARATORS = /[\s\u2010-\u2015\u2212-]+/gu;

/**
 * What makes two spellings one tag: case, white space and hyphens do not matter ("Vision-Language Models" and
 * "vision language models" are both `vision-language-models`).
 * @returns "" for a name without anything else in it.
 */
export function tagSlug(name: string): string {
  return name.normalize("NFKC").toLowerCase().replace(SEPARATORS, "-").replace(/^-|-$/g, "");
}
