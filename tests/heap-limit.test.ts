import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const RUN = root("bin/node-with-limit");
const PRINT = ["-p", "v8.getHeapStatistics().heap_size_limit / 1024 / 1024"];

describe("the heap limit", () => {
  it("is the server's own, not the machine's, and can be set", () => {
    const limit = (env: Record<string, string>) =>
      Number(execFileSync(RUN, PRINT, { env: { PATH: process.env.PATH, ...env }, encoding: "utf8" }));
    expect(limit({})).toBeGreaterThan(300);
    expect(limit({})).toBeLessThan(400);
    expect(limit({ HEAP_LIMIT_MB: "1000" })).toBeGreaterThan(1_000);
  });

  it.each(["0", "127", "1e3", "-1", "512m", "1000000"])("takes no %s, and says what it takes", (value) => {
    const { status, stderr } = spawnSync(RUN, PRINT, {
      env: { PATH: process.env.PATH, HEAP_LIMIT_MB: value },
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stderr).toBe(
      `papergraph: HEAP_LIMIT_MB is "${value}": it takes a whole number of megabytes from 128 to 99999.\n`,
    );
  });

  it("holds however the server is started", () => {
    const { scripts, bin } = JSON.parse(readFileSync(root("package.json"), "utf8")) as {
      scripts: Record<string, string>;
      bin: Record<string, string>;
    };
    for (const script of [scripts.start, scripts.cli]) expect(script).toMatch(/^exec bin\/node-with-limit /);
    expect(readFileSync(root(bin.papergraph!), "utf8")).toContain('exec "$here/node-with-limit"');
    expect(readFileSync(root("Dockerfile"), "utf8")).toContain('ENTRYPOINT ["bin/papergraph"]');
  });
});
