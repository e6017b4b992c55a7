import { readFileSync } from "node:fs";

/** @returns the version in package.json, which stands above the sources, and above dist/. */
export function packageVersion(): string {
  for (const path of ["../../package.json", "../../../package.json"]) {
    try {
      const { version } = JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")) as {
        version: string;
      };
      return version;
    } catch {
      continue;
    }
  }
  return "unknown";
}
