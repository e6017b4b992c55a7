/** arXiv ids: since April 2007 (2401.00001) and before (cs/0112017, math.GT/0309136). */
const ARXIV_ID = /^(\d{2}(0[1-9]|1[0-2])\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?\/\d{7})$/;
const ARXIV_VERSION = /v\d{1,3}$/i;
/** 2022.acl-short.47, P19-1001, W04-3250. */
const ACL_ID = /^(\d{4}\.[a-z0-9_]+-[a-z0-9_]+\.\d+|[A-Z]\d{2}-\d{4,5})$/;
const ADDRESS =
  /^(?:https?:\/\/)?(?:www\.|export\.)?(?:arxiv\.org\/(?:abs|pdf|html)|(?:huggingface\.co|hf\.co)\/papers)\/([^?#\s]+)/i;

export function arxivIdOf(externalId: string): string | null {
  return ARXIV_ID.test(externalId) ? externalId : null;
}

export function urlOf(externalId: string, title: string): string {
  if (arxivIdOf(externalId)) return `https://arxiv.org/abs/${externalId}`;
  if (ACL_ID.test(externalId)) return `https://aclanthology.org/${externalId}/`;
  return `https://scholar.google.com/scholar?q=${encodeURIComponent(title)}`;
}

export function pdfUrlOf(externalId: string): string | null {
  if (arxivIdOf(externalId)) return `https://arxiv.org/pdf/${externalId}`;
  if (ACL_ID.test(externalId)) return `https://aclanthology.org/${externalId}.pdf`;
  return null;
}

/**
 * The id under which a paper is kept, from whatever people paste: an arXiv id with or without version or `arXiv:`, an
 * address at arXiv or of a Hugging Face paper page, or another source's id, which stays as it is.
 */
export function externalIdFrom(text: string): string {
  const trimmed = text.trim();
  const path = ADDRESS.exec(trimmed)?.[1] ?? trimmed.replace(/^arxiv:\s*/i, "");
  const plain = path.replace(/\/$/, "").replace(/\.(pdf|md)$/i, "");
  const unversioned = plain.replace(ARXIV_VERSION, "");
  return ARXIV_ID.test(unversioned) ? unversioned : plain;
}
