/** Commands that LaTeX knows without a package and that do nothing but show text. */
const TEXT_COMMANDS = new Set(
  (
    "textit textbf textrm textsf texttt textsc textsl textup textmd textnormal textsubscript textsuperscript emph " +
    "underline mathrm mathbf mathit mathcal mathbb mathsf ensuremath mbox text " +
    "c b v u H k r d t o O l L i j ss aa AA ae AE oe OE " +
    "textendash textemdash textquoteleft textquoteright textquotedblleft textquotedblright textdegree " +
    "textbackslash textbraceleft textbraceright textasciitilde textasciicircum ldots dots S P copyright pounds"
  ).split(" "),
);

/** Commands that read, write or define something: a title must not bring them into somebody's document. */
const UNSAFE =
  /\\(input|include\w*|openin|openout|read\w*|write\w*|immediate|special|def|edef|gdef|xdef|let|futurelet|catcode|csname|expandafter|new\w+|renew\w+|provide\w+|usepackage|require\w*|directlua|latelua|loop|begin|end|url|href|verb\w*|shipout|jobname|every\w+|output|par|char)(?![A-Za-z])|\^\^|(?<!\\)[%#&]/;

/** `$…$` as pandoc reads it: no space inside at its ends and no digit after it, so that sums of money are no formula. */
const FORMULA = /\$(?![\s$])(?:[^$\\]|\\[^])*?(?<![\s\\])\$(?!\d)/y;

/** Beyond it braces are shown as characters: parsers of BibTeX descend into them. */
const MAX_DEPTH = 8;

/** Braces without a partner: BibTeX would count `\\{`. */
const SHOWN_LEFT = "\\textbraceleft{}";
const SHOWN_RIGHT = "\\textbraceright{}";

const CHARACTERS: Partial<Record<string, string>> = {
  "&": "\\&",
  "%": "\\%",
  "#": "\\#",
  _: "\\_",
  $: "\\$",
  "^": "\\^{}",
  "~": "\\textasciitilde{}",
};

/** A backslash with what it may stand before: a command, an escaped character, an accent, a space. */
const COMMAND = /\\(?:([A-Za-z]+)|[&%#_$]|['"`^~=.](?=[A-Za-z{\\])|[-,/](?=\S))/y;

/** A command or accent that takes a group. */
const KEPT_COMMAND = /^\\([A-Za-z]+|['"`^~=.])$/;

const SPECIAL = /[\\{}$&%#_^~]/g;

/** An opening brace in what is written so far: the place, and whether it groups or is shown. */
interface Brace {
  place: number;
  groups: boolean;
}

/**
 * @returns the text for LaTeX in UTF-8. Formulas and harmless commands with their groups, which titles at arXiv have,
 * stay as they are; all else is shown as it stands. Braces are balanced.
 */
export function latexOf(text: string): string {
  if (text.search(SPECIAL) < 0) return text;
  const out: string[] = [];
  const open: Brace[] = [];
  let end = 0;
  SPECIAL.lastIndex = 0;
  for (let match = SPECIAL.exec(text); match; match = SPECIAL.exec(text)) {
    const { index } = match;
    const [special] = match;
    const isAfterCommand = index === end && KEPT_COMMAND.test(out.at(-1) ?? "");
    out.push(text.slice(end, index));
    const piece = pieceAt(text, index, special);
    end = index + piece.length;
    SPECIAL.lastIndex = end;
    if (special === "{") out.push(opened(open, out.length, isAfterCommand || text[end] === "\\"));
    else out.push(special === "}" ? closed(open) : piece.latex);
  }
  for (const { place } of open) out[place] = SHOWN_LEFT;
  out.push(text.slice(end));
  return out.join("");
}

function opened(open: Brace[], place: number, groups: boolean): string {
  if (open.length >= MAX_DEPTH) return SHOWN_LEFT;
  open.push({ place, groups });
  return groups ? "{" : "\\{";
}

function closed(open: Brace[]): string {
  const brace = open.pop();
  if (!brace) return SHOWN_RIGHT;
  return brace.groups ? "}" : "\\}";
}

/** @returns what the special character begins, as LaTeX, and how many characters of the text that is. */
function pieceAt(text: string, index: number, special: string): { latex: string; length: number } {
  if (special === "\\") return commandAt(text, index);
  if (special === "$") {
    const formula = matchAt(FORMULA, text, index)?.[0];
    if (formula && isSafeFormula(formula)) return { latex: formula, length: formula.length };
  }
  // Between words it is TeX's space that no line is broken at.
  const isTie = special === "~" && /^\w~\w$/.test(text.slice(index - 1, index + 2));
  return { latex: isTie ? special : (CHARACTERS[special] ?? special), length: 1 };
}

function commandAt(text: string, index: number): { latex: string; length: number } {
  const following = text[index + 1];
  if (following === "{") return { latex: SHOWN_LEFT, length: 2 };
  if (following === "}") return { latex: SHOWN_RIGHT, length: 2 };
  const match = matchAt(COMMAND, text, index);
  const isKept = match && (match[1] === undefined || TEXT_COMMANDS.has(match[1]));
  return isKept ? { latex: match[0], length: match[0].length } : { latex: "\\textbackslash{}", length: 1 };
}

function matchAt(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}

/** BibTeX counts braces, whether a backslash stands before them or not. */
function isSafeFormula(formula: string): boolean {
  let depth = 0;
  for (const character of formula) {
    if (character === "{") depth++;
    if (character === "}") depth--;
    if (depth < 0 || depth > MAX_DEPTH) return false;
  }
  return depth === 0 && !UNSAFE.test(formula);
}
