import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    // Without it vitest loads graphql twice (CommonJS and ESM) and every type check across the two fails.
    alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }],
  },
  test: {
    include: ["tests/**/*.test.ts"],
    setupFiles: ["reflect-metadata"],
    globalSetup: ["tests/support/build-program.ts", "tests/support/template-database.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 3,
    // Reading the application anew for each file took as long as a third of the tests; what tests change they put back.
    isolate: false,
  },
});
