import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { XmlDocument } from "libxml2-wasm";

/** A Python with both parsers of BibTeX: Debian's packages are seen by Debian's Python alone. */
const PYTHON = ["python3", "/usr/bin/python3"].find(
  (python) => spawnSync(python, ["-c", "import pybtex, bibtexparser"]).status === 0,
);
export const hasBibtexParsers = PYTHON !== undefined;
if (!hasBibtexParsers)
  console.warn(
    "python3-pybtex and python3-bibtexparser are not installed: tests that read BibTeX with them are skipped.",
  );

export const hasBibutils = spawnSync("ris2xml", ["-v"]).error === undefined;
if (!hasBibutils) console.warn("bibutils is not installed: tests that read RIS with it are skipped.");

export interface ReadBibtex {
  type: string;
  fields: Record<string, string>;
  /** Given names, particle, family name, suffix; of pybtex alone. */
  authors?: [string, string, string, string][];
}

export function readBibtex(text: string): Record<"pybtex" | "bibtexparser", ReadBibtex[]> {
  const script = fileURLToPath(new URL("read-bibtex.py", import.meta.url));
  const { stdout, stderr, status } = spawnSync(PYTHON!, [script], { input: text, maxBuffer: 1e9 });
  if (status !== 0) throw new Error(stderr.toString());
  return JSON.parse(stdout.toString()) as ReturnType<typeof readBibtex>;
}

export interface ReadRis {
  title: string;
  /** Each with its given names first. */
  authors: string[];
  date: string;
  abstract: string;
}

const MODS = { m: "http://www.loc.gov/mods/v3" };

export function readRis(text: string): ReadRis[] {
  const { stdout } = spawnSync("ris2xml", ["-i", "utf8"], { input: text, maxBuffer: 1e9 });
  const document = XmlDocument.fromString(stdout.toString().replace(/^\ufeff/, ""));
  try {
    return document.find("//m:modsCollection/m:mods", MODS).map((record) => {
      const texts = (path: string) => record.find(path, MODS).map((node) => node.content);
      return {
        title: texts("m:titleInfo/*").join(": "),
        authors: record.find("m:name", MODS).map((name) =>
          name
            .find("m:namePart", MODS)
            .map((part) => part.content)
            .join(" "),
        ),
        date: texts("m:originInfo/m:dateIssued").join(),
        abstract: texts("m:abstract").join(),
      };
    });
  } finally {
    document.dispose();
  }
}
