import { z } from "zod";
import { defineError, Registry, websocketRpc } from "../../../src/index.js";
import { notCalled } from "../not-called.js";

export const registry = new Registry();

const Task = z
  .object({
    id: z.int(),
    title: z.string(),
    due: z.iso.datetime({ offset: true }).nullable().default(null),
    weight: z.number().default(1),
  })
  .meta({ id: "Task" });
const TaskId = z.object({ id: z.int(), version: z.int().default(1) }).meta({ id: "TaskId" });

const QuotaUsedUp = defineError("QuotaUsedUp", {
  code: 1002,
  description: "The user has made all calls of the day.",
});
const TaskNotFound = defineError("TaskNotFound", {
  code: 1001,
  description: "There is no such task.",
  details: z
    .object({ id: z.int(), hint: z.string().default("") })
    .meta({ id: "TaskNotFoundDetails" }),
});
const Plain = defineError("Plain", { code: 1003 });

websocketRpc("a.nothing", { registry })(notCalled);
websocketRpc("b.params_only", { description: "Closes.", params: TaskId, registry })(notCalled);
websocketRpc("c.result_only", { result: Task, deprecated: true, registry })(notCalled);
websocketRpc("d.all", {
  description: "Gives a task.\n\nOr none.",
  deprecated: "use b.params_only",
  idempotent: true,
  params: TaskId,
  result: Task,
  errors: [QuotaUsedUp, TaskNotFound, Plain],
  examples: [
    { description: "The first.", params: { id: 1 }, result: { id: 1, title: "Write" } },
    { params: { id: 2, version: 3 } },
    { result: { id: 2, title: "“Ü”", due: "2026-01-31T12:00:00Z", weight: 0.5 } },
  ],
  registry,
})(notCalled);
websocketRpc("e.same_error", { errors: [TaskNotFound], registry })(notCalled);
