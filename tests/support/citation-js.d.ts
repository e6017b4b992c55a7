/** Citation.js brings no types; this is the part of it that we call. */
declare module "@citation-js/core" {
  export class Cite {
    constructor(items: readonly Record<string, unknown>[] | string);
    format(format: "bibtex" | "ris"): string;
    format(format: "data", options: { format: "object" }): unknown;
  }
}
declare module "@citation-js/plugin-bibtex";
declare module "@citation-js/plugin-ris";
