import { expect, it } from "vitest";
import { anyClients, presentClients } from "./ack-goal.js";

const ack = (userId: string) => ({ userId, subscriberId: "s", clientId: "c" });

it("any clients: counts up to the number", () => {
  const goal = anyClients(2);
  expect(["1", "1", "2"].map((user) => goal.add(ack(user)))).toEqual([true, true, false]);
  expect(goal).toMatchObject({ expected: 2, received: 2, reached: true });
});

it("all who are present: counts each user as often as it is present", () => {
  const goal = presentClients([
    { client: "a", user: "1" },
    { client: "b", user: "1" },
    { client: "c", user: "2" },
  ]);
  const counted = ["3", "1", "1", "1"].map((user) => goal.add(ack(user)));
  expect(counted).toEqual([false, true, true, false]);
  expect(goal).toMatchObject({ expected: 3, received: 2, reached: false });
  expect(goal.add(ack("2"))).toBe(true);
  expect(goal.reached).toBe(true);
});

it("all who are present: is reached from the start when that is nobody", () => {
  expect(presentClients([])).toMatchObject({ expected: 0, reached: true });
});
