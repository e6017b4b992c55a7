import { execute, parse, validate, type ExecutionResult } from "graphql";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seededRandom } from "../../../bench/support/random.js";
import { createContext, createStores, type Context } from "../../../src/context/request-context.js";
import { columnsOf } from "../../../src/platform/database/columns.js";
import { PapergraphError } from "../../../src/shared/errors.js";
import { GRAPHQL_LIMITS, readGraphqlLimits } from "../../../src/config/graphql.config.js";
import { buildGraphqlSchema } from "../../../src/api/graphql/schema.js";
import { listen } from "../../../src/platform/observability/events.js";
import { testApi, type Api } from "../../support/api.js";
import { buildPaper, buildUser } from "../../support/build.js";
import { randomDocument, type RandomDocument, type Samples } from "../../../bench/support/random-document.js";

/** More documents, and others, in a longer run: DOCUMENTS=10000 SEED=… npx vitest run tests/graphql/differential */
const DOCUMENTS = Number(process.env.DOCUMENTS ?? 250);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

/** Answers of the first, the second and the tenth run are compared: something that is remembered must not change them. */
const RUNS = 10;

/** Errors that an answer of this server tells at most. */
const MAX_ERRORS = 100;

/** The server has nothing of this: graphql-js alone, over the schema as it is built. */
const reference = buildGraphqlSchema();

let api: Api;
let samples: Samples;
beforeAll(async () => {
  // Made by chance, some documents have more fields than ours allow; what is compared here are answers.
  const limits = readGraphqlLimits(
    Object.fromEntries(GRAPHQL_LIMITS.map(([, variable, , most]) => [variable, String(most)])),
  );
  api = await testApi({ graphqlLimits: limits });
  const user = await buildUser(api.db, { username: "reader", fullName: "A Reader" });
  const papers = [];
  for (let n = 0; n < 12; n++)
    papers.push(
      await buildPaper(api.db, {
        title: `Quantization ${n} of language models`,
        abstract: n % 3 ? `By nvidia, number ${n}.` : null,
        tags: ["Large language models", `tag ${n % 4}`],
        organisations: n % 2 ? ["nvidia"] : ["mit", "nvidia"],
        authors: ["Ann Lee", n % 2 ? "Bob Ray" : { name: "Cid", user: user.key }],
        submittedBy: n % 2 ? user.key : null,
        submittedAt: n % 2 ? `2026-01-0${(n % 7) + 1}T00:00:00Z` : null,
        upvotes: n,
        venue: n % 3 ? "NeurIPS 2024" : null,
      }),
    );
  samples = {
    Int: [0, 1, 2, 3, 5, 100, 101, -1],
    Float: [0, 1.5],
    Boolean: [true, false],
    String: [
      "nvidia",
      "quantization models",
      "",
      "2026-01-02",
      "2026-W01",
      "reader",
      "nonsense",
      "a* OR b",
      "UTC",
      "tag-1",
    ],
    ID: [papers[0]!.id, papers[1]!.externalId, user.id, "nvidia", "tag-1", "no such thing"],
    DateTime: ["2026-01-01T00:00:00Z", "2025-01-01", "yesterday"],
    Date: ["2026-01-02", "2026-13-01"],
  };
});
afterAll(() => api.close());

interface Answer {
  /** As JSON, in the order of its keys. */
  data: string;
  errors: string[];
}

/** What graphql-js alone makes of it. */
async function expected({ query, variables, operationName }: RandomDocument): Promise<Answer> {
  const context: Context = createContext(createStores(api.db, columnsOf(api.source)), null);
  const result = await execute({
    schema: reference,
    document: parse(query),
    variableValues: variables,
    operationName,
    contextValue: context,
  });
  return told(result);
}

function told({ data, errors = [] }: ExecutionResult): Answer {
  return {
    data: JSON.stringify(data ?? null),
    errors: errors
      .map(({ path, originalError }) => {
        const code = originalError instanceof PapergraphError ? originalError.code : "BAD_USER_INPUT";
        return `${path?.join(".") ?? ""} ${code}`;
      })
      .sort(),
  };
}

async function answered(document: RandomDocument): Promise<Answer> {
  const response = await request(api.app.server).post("/graphql").send(document);
  const { data, errors = [] } = response.body as ExecutionResult;
  return {
    data: JSON.stringify(data ?? null),
    errors: errors
      .map(({ path, extensions }) => `${path?.join(".") ?? ""} ${String(extensions.code)}`)
      .sort(),
  };
}

/** Of more errors than are told, it is open which ones are: the first ones to come. */
function withErrorsOf(wanted: Answer, { errors }: Answer): Answer {
  if (wanted.errors.length <= MAX_ERRORS || errors.length < MAX_ERRORS) return wanted;
  return { ...wanted, errors: errors.filter((error) => wanted.errors.includes(error)) };
}

describe(`${DOCUMENTS} documents made of the schema, from seed ${SEED} on,`, () => {
  it("have the answers and costs of graphql-js, the first time, the second and the tenth", async () => {
    let valid = 0;
    const outcomes = { whole: 0, partial: 0, refused: 0 };
    let cost: number | null = null;
    const stop = listen("cost", (event) => (cost = event.cost));
    for (let index = 0; index < DOCUMENTS; index++) {
      const seed = SEED + index;
      const document = randomDocument(reference, samples, seededRandom(seed));
      if (validate(reference, parse(document.query)).length) continue;
      valid++;
      const wanted = await expected(document);
      const costs: (number | null)[] = [];
      for (let run = 1; run <= RUNS; run++) {
        cost = null;
        const answer = await answered(document);
        costs.push(cost);
        if (run <= 2 || run === RUNS)
          expect(answer, `seed ${seed}, run ${run}: ${JSON.stringify(document)}`).toEqual(
            withErrorsOf(wanted, answer),
          );
      }
      expect(new Set(costs).size, `costs ${costs.join()} of seed ${seed}`).toBe(1);
      if (wanted.data === "null") outcomes.refused++;
      else if (wanted.errors.length) outcomes.partial++;
      else outcomes.whole++;
    }
    stop();
    // What is made has to be worth asking.
    expect(valid).toBeGreaterThan(DOCUMENTS * 0.8);
    expect(outcomes.whole).toBeGreaterThan(DOCUMENTS * 0.15);
    console.info(`seed ${SEED}: ${valid} valid of ${DOCUMENTS}`, outcomes);
  }, 3_600_000);
});
