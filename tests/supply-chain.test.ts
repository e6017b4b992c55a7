import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  optionalDependencies?: Record<string, string>;
}

const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8")) as {
  packages: Record<string, LockedPackage>;
};
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as Record<
  "dependencies" | "devDependencies",
  Record<string, string>
>;

describe("the package", () => {
  it("is built when it is packed", () => {
    const { scripts } = manifest as unknown as { scripts: Record<string, string> };
    expect(scripts.prepack).toBe("npm run build");
    // With this setting npm skips prepack, and the package has no program.
    const settings = readFileSync(new URL("../.npmrc", import.meta.url), "utf8");
    expect(settings).not.toContain("ignore-scripts");
  });
});

describe("the lock file", () => {
  it("holds the packages of all platforms", () => {
    const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          !(`${path}/node_modules/${name}` in lock.packages) && !(`node_modules/${name}` in lock.packages),
      ),
    );
    expect(missing).toEqual([]);
  });

  it("tells the checksum of each", () => {
    const unchecked = Object.entries(lock.packages).filter(([path, { integrity }]) => path && !integrity);
    expect(unchecked.map(([path]) => path)).toEqual([]);
  });

  it("comes from exact versions", () => {
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });
});
