import { folded } from "./cited-paper.js";

/** A name in the parts that citations need; one that cannot be parted, an organisation's above all, has `family` alone. */
export interface AuthorName {
  given?: string;
  /** "van der" of "van der Berg". */
  particle?: string;
  family: string;
  suffix?: string;
}

const SUFFIX = /^(jr|sr|ii|iii|iv)\.?$/i;

/** Words that begin a family name when they are lower-case. */
const PARTICLE =
  /^(van|von|vom|der|den|de|del|della|di|da|do|dos|das|du|des|la|las|le|les|los|ter|ten|te|el|al|bin|ibn|af|av|zu|zur|zum|y|e)$/;

/** The same words with a capital are part of the family name. "Van" is left out: in Vietnamese it is a given name. */
const CAPITAL_PARTICLE = /^(Von|De|Del|Della|Di|Da|Dos|Das|Du|La|Le|El|Al)$/;

const ORGANISATION =
  /(^|[\s-])(team|collaboration|consortium|group|project|initiative|committee|laborator(y|ies)|lab|institute|university|association|society|foundation|community|network)s?([\s-]|$)|team$/i;

/** Han, kana and hangul write the family name first and without a space. */
const EAST_ASIAN = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\s·]+$/u;

/** @returns the parts of a name that came in one piece, as nearly all do here. */
export function partedName(text: string): AuthorName {
  const name = folded(text).replace(/[\s,;]+$/, "") || folded(text);
  const words = name.split(" ");
  if (words.length === 1 || isWhole(name)) return { family: name };
  if (!name.includes(",")) return fromWords(words);
  return fromCommas(name.split(",").map((part) => part.trim())) ?? { family: name };
}

function isWhole(name: string): boolean {
  return ORGANISATION.test(name) || EAST_ASIAN.test(name) || /[;&]|(^|\s)and\s/i.test(name);
}

/** "Berg, Jan", "Jan Berg, Jr." and "Berg, Jr., Jan"; null for what may be several people. */
function fromCommas([first = "", second = "", third, ...more]: string[]): AuthorName | null {
  if (!first || !second || more.length) return null;
  if (third === undefined)
    return SUFFIX.test(second)
      ? { ...fromWords(first.split(" ")), suffix: second }
      : familyFirst(first, second);
  if (SUFFIX.test(second)) return familyFirst(first, third, second);
  return SUFFIX.test(third) ? familyFirst(first, second, third) : null;
}

function familyFirst(family: string, given: string, suffix?: string): AuthorName | null {
  const parts = fromWords(family.split(" "));
  if (!parts.given) return { ...parts, given, suffix };
  // Two whole names with a comma in between are two people.
  return given.includes(" ") ? null : { family, given, suffix };
}

function fromWords(words: readonly string[]): AuthorName {
  const last = words.length - 1;
  const suffix = last > 1 ? words.slice(last).find((word) => SUFFIX.test(word)) : undefined;
  const end = suffix === undefined ? words.length : last;
  const family = startOf(words, end - 1, CAPITAL_PARTICLE, 1);
  const particle = startOf(words, family, PARTICLE, 0);
  return {
    given: words.slice(0, particle).join(" ") || undefined,
    particle: words.slice(particle, family).join(" ") || undefined,
    family: words.slice(family, end).join(" "),
    suffix,
  };
}

/** @returns where the words begin that lead up to `end` and match, not before `min`. */
function startOf(words: readonly string[], end: number, pattern: RegExp, min: number): number {
  let start = end;
  while (start > min && pattern.test(words[start - 1] ?? "")) start--;
  return start;
}
