import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { OperatorError } from "../shared/errors.js";

/** Variables of the environment; each reader below throws an OperatorError that names the variable, what it holds and what is allowed. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that may hold a password. */
const SECRETS = ["DATABASE_URL", "DATABASE_REPLICA_URLS", "SMTP_URL", "REDIS_URL"] as const;

/** @returns the environment with each secret that stands in a file (`SMTP_URL_FILE`), as containers are given theirs. */
export function withSecretsFromFiles(env: Environment): Environment {
  const read = SECRETS.flatMap((name) => {
    const path = env[`${name}_FILE`];
    if (!path) return [];
    if (env[name]) throw new OperatorError(`${name} and ${name}_FILE are both set: leave one of them out.`);
    return [[name, secretIn(path, `${name}_FILE`)] as const];
  });
  return { ...env, ...Object.fromEntries(read) };
}

function secretIn(path: string, name: string): string {
  let secret: string;
  try {
    secret = readFileSync(path, "utf8").trim();
  } catch (error) {
    const { code = "unknown reason" } = error as NodeJS.ErrnoException;
    throw new OperatorError(`${name} is "${path}": that file cannot be read (${code}).`);
  }
  if (!secret) throw new OperatorError(`${name} is "${path}": that file is empty.`);
  return secret;
}

export function networks(env: Environment, name: string): string[] {
  const values = (env[name] ?? "").split(/[\s,]+/).filter(Boolean);
  const bad = values.find((value) => {
    const [address = "", prefix] = value.split("/");
    const bits = isIP(address) === 6 ? 128 : 32;
    const isNetwork =
      isIP(address) && (prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= bits));
    return !isNetwork && !["loopback", "linklocal", "uniquelocal"].includes(value);
  });
  if (bad !== undefined) {
    throw new OperatorError(
      `${name} is "${env[name] ?? ""}": it takes addresses and networks of proxies, such as 10.0.0.0/8, or loopback, linklocal, uniquelocal.`,
    );
  }
  return values;
}

export function integer(env: Environment, name: string, fallback: number, min: number, max: number): number {
  const text = env[name];
  if (!text) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new OperatorError(`${name} is "${text}": it takes a whole number from ${min} to ${max}.`);
  }
  return value;
}

export function flag(env: Environment, name: string, fallback: boolean): boolean {
  return oneOf(env, name, fallback ? "on" : "off", ["on", "off"] as const) === "on";
}

export function oneOf<T extends string>(
  env: Environment,
  name: string,
  fallback: T,
  allowed: readonly T[],
): T {
  const text = env[name];
  if (!text) return fallback;
  const found = allowed.find((value) => value === text);
  if (found === undefined) throw new OperatorError(`${name} is "${text}": it takes ${allowed.join(", ")}.`);
  return found;
}
