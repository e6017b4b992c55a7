import { expect, it } from "vitest";
import * as locks from "../src/platform/database/advisory-locks.js";

it("every advisory lock has a number of its own, small enough for one integer of pg_locks", () => {
  const numbers = Object.values(locks);
  expect(numbers.length).toBeGreaterThan(3);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(Math.max(...numbers)).toBeLessThan(2 ** 31);
});
