// The handlers of a small task list. `centrifugo-rpc dev examples/tasks/handlers.ts` serves them.
import { RPCError, websocketRpc } from "centrifugo-rpc";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

// Models. `meta({ id })` is the name that a model has in the generated clients.

const Task = z
  .object({
    id: z.int(),
    user_id: z.string(),
    title: z.string(),
    priority: z.enum(["low", "normal", "high"]),
    due: z.string().nullable().describe("The day it is due, as in 2026-11-30, or null."),
    tags: z.array(z.string()),
    completed: z.boolean(),
  })
  .meta({ id: "Task", description: "One thing to do." });

const TaskStatsParams = z
  .object({
    user_id: z.string().describe("Whose tasks to count."),
    include_completed: z.boolean().default(true).describe("Whether completed tasks count."),
  })
  .meta({ id: "TaskStatsParams" });

const TaskStatsResult = z
  .object({ total: z.int(), completed: z.int(), pending: z.int() })
  .meta({ id: "TaskStatsResult" });

const CreateTaskParams = z
  .object({
    title: z.string().min(1),
    priority: z.enum(["low", "normal", "high"]).default("normal"),
    due: z.string().nullable().default(null),
    tags: z.array(z.string()).default([]),
  })
  .meta({ id: "CreateTaskParams" });

// Data. A real application has a database here.

const tasks: z.infer<typeof Task>[] = ["Write the handlers", "Generate the clients", "Ship"].map(
  (title, index) => ({
    id: index + 1,
    user_id: "123",
    title,
    priority: "normal",
    due: null,
    tags: [],
    completed: index === 0,
  }),
);

// Handlers. Params arrive checked and with defaults; `conn.userId` is who calls, from the token.

export const getStats = websocketRpc("tasks.get_stats", {
  description: "Counts the tasks of a user.",
  params: TaskStatsParams,
  result: TaskStatsResult,
})(async (_conn, { user_id, include_completed }) => {
  const own = tasks.filter((task) => task.user_id === user_id);
  const completed = own.filter((task) => task.completed).length;
  return {
    total: include_completed ? own.length : own.length - completed,
    completed: include_completed ? completed : 0,
    pending: own.length - completed,
  };
});

export const create = websocketRpc("tasks.create", {
  description: "Adds a task for the caller.",
  params: CreateTaskParams,
  result: Task,
})(async (conn, params) => {
  const task = { id: tasks.length + 1, user_id: conn.userId, completed: false, ...params };
  tasks.push(task);
  return task;
});

export const complete = websocketRpc("tasks.complete", {
  description: "Completes a task of the caller.",
  params: z.object({ id: z.int() }),
  result: Task,
})(async (conn, { id }) => {
  const task = tasks.find((candidate) => candidate.id === id);
  if (!task) throw new RPCError(1004, `there is no task ${id}`);
  if (task.user_id !== conn.userId) throw new RPCError(403, "this is somebody else's task");
  task.completed = true;
  return task;
});

websocketRpc("tasks.report", {
  description:
    "Writes a report on the caller's tasks. Takes longer than a reply may wait: it comes on the " +
    "caller's channel, which the caller does not notice.",
  params: z.object({ seconds: z.number().min(0).max(60).default(4) }),
  result: z.object({ lines: z.array(z.string()), by_priority: z.record(z.string(), z.int()) }),
})(async (conn, { seconds }) => {
  await sleep(seconds * 1000, undefined, { signal: conn.signal });
  const own = tasks.filter((task) => task.user_id === conn.userId);
  const by_priority: Record<string, number> = {};
  for (const { priority } of own) by_priority[priority] = (by_priority[priority] ?? 0) + 1;
  return {
    lines: own.map((task) => `${task.completed ? "[x]" : "[ ]"} ${task.title}`),
    by_priority,
  };
});
