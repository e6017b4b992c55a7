/** What a slug escapes: what means something in it, and what parts an address. */
const ESCAPED = /[%_/?#\\]/g;
const ESCAPE = /%(25|5F|2F|3F|23|5C)/g;

/**
 * @returns the name as it stands in addresses: `Yann_LeCun`. Names are told apart by every character, so a slug is the
 * name itself, and is read back: nothing has to be kept for it, and an import elsewhere gives the same.
 */
export function authorSlug(name: string): string {
  const escaped = name.replace(
    ESCAPED,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return escaped.replaceAll(" ", "_");
}

/** @returns the name that the slug stands for. A name without any of `%`, `_`, `/`, `?`, `#` and `\` stands for itself. */
export function authorNameOfSlug(slug: string): string {
  return slug
    .replaceAll("_", " ")
    .replace(ESCAPE, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .trim();
}
