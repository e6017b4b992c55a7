import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { say } from "./table.js";

/** The first errors that the server logs tell enough: reports count all of them. */
const LOG_LINES = 3;

const CLI = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export interface Answer<Data> {
  data: Data | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** The application in a process of its own, and one client with one connection to it. */
export interface ApiServer {
  url: string;
  /** Milliseconds are those between sending the question and having read the answer. */
  ask<Data>(
    query: string,
    variables?: Record<string, unknown>,
    token?: string,
  ): Promise<{ answer: Answer<Data>; milliseconds: number }>;
  /** The same for questions that have to succeed. */
  data<Data>(query: string, variables?: Record<string, unknown>, token?: string): Promise<Data>;
  stop(): Promise<void>;
}

/** @param env settings of the server beyond the defaults. */
export async function startServer(databaseUrl: string, env: Record<string, string> = {}): Promise<ApiServer> {
  const child = spawn(process.execPath, ["--import", "tsx", CLI, "serve"], {
    env: {
      ...process.env,
      HOST: "",
      PORT: "0",
      LOG_LEVEL: "error",
      RATE_LIMIT: "off",
      DATABASE_URL: databaseUrl,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let told = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (told++ < LOG_LINES) say(`server: ${line.slice(0, 1_000)}`);
  });
  const ended = once(child, "exit");
  const url = await announced(child.stderr, ended);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask: ApiServer["ask"] = async <Data>(
    query: string,
    variables?: Record<string, unknown>,
    token?: string,
  ) => {
    const body = JSON.stringify({ query, variables });
    const started = performance.now();
    const text = await post(agent, `${url}/graphql`, body, token);
    const milliseconds = performance.now() - started;
    return { answer: JSON.parse(text) as Answer<Data>, milliseconds };
  };
  return {
    url,
    ask,
    async data<Data>(query: string, variables?: Record<string, unknown>, token?: string) {
      const { answer } = await ask<Data>(query, variables, token);
      if (answer.errors || !answer.data) throw new Error(JSON.stringify(answer.errors ?? answer));
      return answer.data;
    },
    async stop() {
      agent.destroy();
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** @returns the address that the server says it listens on. */
async function announced(stderr: NodeJS.ReadableStream, ended: Promise<unknown>): Promise<string> {
  let text = "";
  const listening = new Promise<string>((resolve) => {
    stderr.on("data", (chunk: Buffer) => {
      text += String(chunk);
      const url = /listens on (\S+)/.exec(text)?.[1];
      if (url) resolve(url);
    });
  });
  const url = await Promise.race([listening, ended.then(() => null)]);
  if (url === null) throw new Error(`The server ended without listening:\n${text}`);
  return url;
}

function post(agent: Agent, url: string, body: string, token?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const sent = request(url, { method: "POST", agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        resolve(Buffer.concat(chunks).toString());
      });
    });
    sent.on("error", reject).end(body);
  });
}
