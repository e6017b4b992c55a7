/** arXiv's ids from before April 2007 in an address, where their slash parts them. */
const OLD_ID = /^(\/(?:api\/)?(?:papers|arxiv)\/[a-z-]+(?:\.[A-Z]{2})?)\/(?=\d{7}(?!\d))/;

/** @returns the address with the slash of an old arXiv id (cs/0112017) as %2F, so that the id is one part of it. */
export function withOldPaperId(url: string): string {
  return url.replace(OLD_ID, "$1%2F");
}
