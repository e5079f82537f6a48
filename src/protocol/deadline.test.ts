import { describe, expect, it, vi } from "vitest";
import { within } from "./deadline.js";

const never = new Promise<never>(() => {});

describe("within", () => {
  it("settles as the promise does when that is in time", async () => {
    await expect(within(1000, Promise.resolve(1), () => 2)).resolves.toBe(1);
    const failure = new Error("failed");
    await expect(within(1000, Promise.reject(failure), () => 2)).rejects.toBe(failure);
  });

  it("settles as the fallback does when the time is up", async () => {
    await expect(within(1, never, () => 2)).resolves.toBe(2);
    const late = (): never => {
      throw new Error("too late");
    };
    await expect(within(1, never, late)).rejects.toThrow("too late");
  });

  it("leaves no timer behind", async () => {
    vi.useFakeTimers();
    try {
      await within(1000, Promise.resolve(), () => undefined);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
