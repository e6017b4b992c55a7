import type { FastifyInstance } from "fastify";
import request from "supertest";
import { createApp, type AppConfig } from "../../src/app.js";
import { testDatabase, type TestDatabase } from "./test-database.js";

export interface GraphqlError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; argument?: string };
}

export interface Answer<Data> {
  data: Data | null;
  errors?: GraphqlError[];
}

export interface Api extends TestDatabase {
  app: FastifyInstance;
  /** Asks over HTTP. The shape of the data is the caller's to say. */
  ask<Data>(query: string, variables?: Record<string, unknown>, token?: string): Promise<Answer<Data>>;
  /** The same for questions that have to succeed. */
  data<Data>(query: string, variables?: Record<string, unknown>, token?: string): Promise<Data>;
  close(): Promise<void>;
}

/** The whole application over a database of its own. Close it in afterAll. */
export async function testApi(
  config: Partial<AppConfig> = {},
  connections: Parameters<typeof testDatabase>[0] = {},
): Promise<Api> {
  const database = await testDatabase(connections);
  const app = await createApp(
    { logLevel: "silent", graphiql: true, introspection: true, ...config },
    database.source,
  );
  await app.ready();
  const ask = async <Data>(
    query: string,
    variables?: Record<string, unknown>,
    token?: string,
  ): Promise<Answer<Data>> => {
    const post = request(app.server).post("/graphql").set("content-type", "application/json");
    if (token) post.set("authorization", `Bearer ${token}`);
    const response = await post.send({ query, variables });
    return response.body as Answer<Data>;
  };
  return {
    ...database,
    app,
    ask,
    async data<Data>(query: string, variables?: Record<string, unknown>, token?: string) {
      const answer = await ask<Data>(query, variables, token);
      if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer.errors ?? answer));
      return answer.data;
    },
    async close() {
      await app.close();
      await database.drop();
    },
  };
}
