import type { AddressInfo } from "node:net";
import { createStores } from "../../src/context/request-context.js";
import { columnsOf } from "../../src/platform/database/columns.js";
import { testApi, type Api } from "../support/api.js";
import { buildPaper, buildUser, type BuiltPaper } from "../support/build.js";

export interface ListeningApi extends Api {
  /** Of /graphql. */
  url: string;
  /** The value of an Authorization header of the user `reader`. */
  authorization: string;
  /** Twelve, the latest published first; all about diffusion, by Ann Lee, of Daily Papers on 2026-01-02. */
  papers: BuiltPaper[];
}

/** @returns the application on a port of its own, with papers: what clients are pointed at. */
export async function listeningApi(config: Parameters<typeof testApi>[0] = {}): Promise<ListeningApi> {
  const api = await testApi(config);
  const user = await buildUser(api.db, { username: "reader" });
  const { tokens } = createStores(api.db, columnsOf(api.source));
  const { secret } = await tokens.create(user.key, "test", null);
  const papers: BuiltPaper[] = [];
  for (let n = 0; n < 12; n++)
    papers.unshift(
      await buildPaper(api.db, {
        title: `Diffusion ${n}`,
        tags: ["diffusion"],
        organisations: ["acme"],
        authors: ["Ann Lee"],
        publishedAt: `2025-06-${String(n + 1).padStart(2, "0")}T00:00:00Z`,
        submittedAt: `2026-01-02T0${n % 10}:00:00Z`,
        submittedBy: user.key,
        upvotes: n,
      }),
    );
  await api.app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = api.app.server.address() as AddressInfo;
  return { ...api, url: `http://127.0.0.1:${port}/graphql`, authorization: `Bearer ${secret}`, papers };
}

/** A request that a client sent, and the status of its answer. */
export interface Exchange {
  method: string;
  accept: string;
  body: string;
  status: number;
}

/** @returns a fetch for clients that take one, and what went through it. */
export function recordingFetch(): { fetch: typeof fetch; exchanges: Exchange[] } {
  const exchanges: Exchange[] = [];
  return {
    exchanges,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      exchanges.push({
        method: init?.method ?? "GET",
        accept: new Headers(init?.headers).get("accept") ?? "",
        body: typeof init?.body === "string" ? init.body : "",
        status: response.status,
      });
      return response;
    },
  };
}
