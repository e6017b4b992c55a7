import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { absoluteUrl } from "../../src/shared/absolute-url.js";
import { packageVersion } from "../../src/shared/version.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser } from "../support/build.js";

let api: Api;
beforeAll(async () => {
  api = await testApi();
  await buildUser(api.db, { username: "ann", avatarUrl: "/avatars/1.svg" });
  await buildPaper(api.db, { externalId: "p1", comments: 10 });
});
afterAll(() => api.close());

describe("server", () => {
  it("tells its version, features and limits", async () => {
    const { server } = await api.data<{ server: unknown }>(
      `{ server {
        version
        features { digest signIn embeddings uploads }
        limits { pageSize listLength searchLength }
      } }`,
    );
    expect(server).toEqual({
      version: packageVersion(),
      features: { digest: false, signIn: false, embeddings: false, uploads: false },
      limits: { pageSize: 100, listLength: 100, searchLength: 4_000 },
    });
  });
});

describe("what an import gives", () => {
  it("as an address relative to its site is absolute", async () => {
    expect(await api.data(`{ user(username: "ann") { avatarUrl } }`)).toEqual({
      user: { avatarUrl: "https://huggingface.co/avatars/1.svg" },
    });
    expect(absoluteUrl("https://cdn.example.org/a.png")).toBe("https://cdn.example.org/a.png");
    for (const none of [null, "javascript:alert(1)", "data:text/html,x", "https://"])
      expect(absoluteUrl(none)).toBeNull();
  });

  it("as a number of comments is told apart from comments that can be read", async () => {
    expect(
      await api.data(`{ paper(id: "p1") { commentCount importedCommentCount comments { totalCount } } }`),
    ).toEqual({ paper: { commentCount: 10, importedCommentCount: 10, comments: { totalCount: 0 } } });
  });
});
