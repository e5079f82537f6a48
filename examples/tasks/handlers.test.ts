import { createCaller } from "centrifugo-rpc";
import { describe, expect, it } from "vitest";
import { complete, create, getStats } from "./handlers.js";

// Handlers are tested without a socket: `createCaller` checks params and results as the gateway does.
const anna = createCaller({ conn: { userId: "anna" } });
const ben = createCaller({ conn: { userId: "ben" } });

describe("tasks", () => {
  it("are counted for their user", async () => {
    await anna.call(create, { title: "Read" });
    const task = await anna.call(create, { title: "Write", priority: "high" });
    await anna.call(complete, { id: task.id });
    expect(await anna.call(getStats, { user_id: "anna" })).toEqual({
      total: 2,
      completed: 1,
      pending: 1,
    });
    expect(await anna.call(getStats, { user_id: "anna", include_completed: false })).toEqual({
      total: 1,
      completed: 0,
      pending: 1,
    });
  });

  it("can be completed by their owner only", async () => {
    const task = await anna.call(create, { title: "Mine" });
    await expect(ben.call(complete, { id: task.id })).rejects.toMatchObject({ code: 403 });
    await expect(ben.call(complete, { id: 999 })).rejects.toMatchObject({ code: 1004 });
  });

  it("need a title", async () => {
    await expect(anna.call(create, { title: "" })).rejects.toMatchObject({ code: 400 });
  });
});
