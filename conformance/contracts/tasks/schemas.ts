import { z } from "zod";
import { Registry, websocketRpc } from "../../../src/index.js";
import { notCalled } from "../not-called.js";

export const registry = new Registry();

const TaskStatsParams = z
  .object({ user_id: z.string(), include_completed: z.boolean().default(true) })
  .meta({ id: "TaskStatsParams" });

const TaskStatsResult = z
  .object({ total: z.int(), completed: z.int(), pending: z.int() })
  .meta({ id: "TaskStatsResult" });

websocketRpc("tasks.get_stats", {
  description: "Counts the tasks of a user.",
  params: TaskStatsParams,
  result: TaskStatsResult,
  registry,
})(notCalled);
