import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CentrifugoApiError } from "./api-error.js";
import { publishWithRetry, withRetry } from "./broker-publisher.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Publishes through a server whose failures take so long, and gives the keys of all attempts. */
async function attemptsWhen(failureMs: number): Promise<(string | undefined)[]> {
  const keys: (string | undefined)[] = [];
  const published = publishWithRetry(
    {
      async publish(_channel, _data, { idempotencyKey } = {}) {
        keys.push(idempotencyKey);
        await new Promise((resolve) => setTimeout(resolve, failureMs));
        throw new Error("Centrifugo is away");
      },
    },
    "user#42",
    {},
  ).catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  expect(await published).toMatchObject({ message: "Centrifugo is away" });
  return keys;
}

it("tries six times, with one idempotency key", async () => {
  const keys = await attemptsWhen(0);
  expect(keys).toHaveLength(6);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toEqual(expect.any(String));
});

it("does not forget that one attempt may have arrived", async () => {
  const unknown = new CentrifugoApiError("silent", { retryable: true, outcomeUnknown: true });
  const away = new CentrifugoApiError("away", { retryable: true });
  const errors = [away, unknown];
  const published = withRetry(() => Promise.reject(errors.shift() ?? away)).catch(
    (error: unknown) => error,
  );
  await vi.runAllTimersAsync();
  expect(await published).toBe(unknown);
});

it("does not try a silent server again and again", async () => {
  expect(await attemptsWhen(5000)).toHaveLength(1);
});
