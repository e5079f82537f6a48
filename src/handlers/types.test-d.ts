// Checked by tsc alone: a line under `@ts-expect-error` that compiles fails the build.
import { z } from "zod";
import { createCaller, defineError, websocketRpc, type ConnectionContext } from "../index.js";
import { RPCError } from "../protocol/index.js";

const TaskStatsParams = z.object({
  user_id: z.string(),
  include_completed: z.boolean().default(true),
});
const TaskStatsResult = z.object({ total: z.int(), completed: z.int(), pending: z.int() });
const options = { params: TaskStatsParams, result: TaskStatsResult };
const stats = { total: 1, completed: 1, pending: 0 };

const getStats = websocketRpc(
  "tasks.get_stats",
  options,
)(async (conn, params) => {
  const userId: string = conn.userId;
  const signal: AbortSignal = conn.signal;
  const flag: boolean = params.include_completed;
  // @ts-expect-error the schema has no such field
  void params.missing;
  void [userId, signal, flag];
  return stats;
});

// @ts-expect-error a field of the result is missing
websocketRpc("tasks.a", options)(async () => ({ total: 1, completed: 1 }));
// @ts-expect-error a field of the result has a wrong type
websocketRpc("tasks.b", options)(async () => ({ ...stats, total: "1" }));
// @ts-expect-error the handler takes other params
websocketRpc("tasks.c", options)(async (_conn, _params: { user_id: number }) => stats);
// @ts-expect-error the handler is not async
websocketRpc("tasks.d", options)(() => stats);
// @ts-expect-error without a result schema a handler returns nothing
websocketRpc("tasks.e", { params: TaskStatsParams })(async () => stats);
// @ts-expect-error a schema must be a schema
websocketRpc("tasks.f", { params: { user_id: "string" }, result: TaskStatsResult });

const ping = websocketRpc("tasks.ping")(async (_conn, params) => {
  const nothing: undefined[] = [params];
  void nothing;
});
websocketRpc("tasks.list", {
  params: z.array(z.string()),
  result: z.union([z.int(), z.null()]),
  deprecated: "use tasks.page",
  idempotent: true,
})(async (_conn, [first]) => first?.length ?? null);

const TaskNotFound = defineError("TaskNotFound", {
  code: 1001,
  details: z.object({ task_id: z.int() }),
});
const Full = defineError("Full", { code: 1002, message: "no more tasks" });
const error: RPCError & { readonly details: { task_id: number } } = new TaskNotFound(
  { task_id: 1 },
  "gone",
);
void [error, new Full(), new Full("full"), new Full("full", { cause: error })];
// @ts-expect-error the details are missing
void new TaskNotFound();
// @ts-expect-error the details have a wrong type
void new TaskNotFound({ task_id: "1" });
// @ts-expect-error there are no details
void new Full({ task_id: 1 });

websocketRpc("tasks.k", {
  ...options,
  errors: [TaskNotFound, Full],
  examples: [{ description: "all", params: { user_id: "1" }, result: stats }],
})(async () => stats);
// @ts-expect-error an error that is no class of defineError
websocketRpc("tasks.l", { ...options, errors: [RPCError] });
// @ts-expect-error an example with wrong params
websocketRpc("tasks.m", { ...options, examples: [{ params: { user_id: 1 } }] });

export class Tasks {
  @websocketRpc("tasks.ping_me")
  async ping() {}

  @websocketRpc("tasks.g", options)
  async good(_conn: ConnectionContext, params: z.output<typeof TaskStatsParams>) {
    return { ...stats, total: params.user_id.length };
  }

  @websocketRpc("tasks.h", options)
  async withoutParams() {
    return stats;
  }

  // @ts-expect-error the result has a wrong type
  @websocketRpc("tasks.i", options)
  async wrongResult() {
    return { total: "1" };
  }

  // @ts-expect-error the params have a wrong type
  @websocketRpc("tasks.j", options)
  async wrongParams(_conn: ConnectionContext, _params: { user_id: number }) {
    return stats;
  }
}

const caller = createCaller();
const result: Promise<{ total: number; completed: number; pending: number }> = caller.call(
  getStats,
  { user_id: "1" },
);
// @ts-expect-error the params have a wrong type
void caller.call(getStats, { user_id: 1 });
const pong: Promise<null> = caller.call(ping);
// @ts-expect-error it takes no params
void caller.call(ping, { user_id: "1" });
// @ts-expect-error the params are missing
void caller.call(getStats);
const untyped: Promise<unknown> = caller.call("tasks.get_stats", { anything: true });
void [result, pong, untyped];
