import { afterAll, beforeAll, expect, it } from "vitest";
import { testApi, type Api } from "../support/api.js";
import { buildPaper } from "../support/build.js";
import { restClient } from "../support/rest.js";

let api: Api;
let ask: ReturnType<typeof restClient>;
beforeAll(async () => {
  api = await testApi();
  ask = restClient(api);
  for (const word of ["graphs", "images", "speech"])
    await buildPaper(api.db, { title: `Diffusion models of ${word}`, tags: [word] });
});
afterAll(() => api.close());

it.each([
  "papers/search?",
  "analytics/stats?",
  "analytics/groups?by=tag&",
  "analytics/timeseries?interval=year&",
  "analytics/facets?",
])("X-Search-Relaxed tells that papers match without all words: %s", async (path) => {
  const relaxed = await ask("get", `/api/${path}q=diffusion+models+graphs+speech`);
  expect(relaxed.status, relaxed.text).toBe(200);
  expect(relaxed.headers["x-search-relaxed"]).toBe("true");
  const strict = await ask("get", `/api/${path}q=diffusion`);
  expect(strict.status, strict.text).toBe(200);
  expect(strict.headers).not.toHaveProperty("x-search-relaxed");
});
