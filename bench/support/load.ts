import autocannon from "autocannon";

export interface Loaded {
  /** Requests a second, the mean of the round. */
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** Answers that were not 200 or held errors. */
  failed: number;
}

export interface LoadRequest {
  body: string;
  token?: string;
}

/** Asks /graphql for some seconds, each client one question after the other, all the questions in turn. */
export async function load(
  url: string,
  requests: readonly LoadRequest[],
  seconds: number,
  clients: number,
): Promise<Loaded> {
  let broken = 0;
  const result = await autocannon({
    url: `${url}/graphql`,
    connections: clients,
    duration: seconds,
    requests: requests.map(({ body, token }) => ({
      method: "POST" as const,
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      body,
      onResponse: (status: number, answer: string) => {
        if (status !== 200 || answer.includes('"errors":[')) broken++;
      },
    })),
  });
  return {
    perSecond: result.requests.mean,
    p50: result.latency.p50,
    p99: result.latency.p99,
    failed: broken + result.errors + result.timeouts,
  };
}
