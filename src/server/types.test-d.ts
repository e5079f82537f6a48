// Checked by tsc alone: a line under `@ts-expect-error` that compiles fails the build.
import { z } from "zod";
import { createCaller, websocketRpc, type ConnectionContext } from "./index.js";

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
// @ts-expect-error the result schema is missing
websocketRpc("tasks.e", { params: TaskStatsParams });
// @ts-expect-error a schema must be a schema
websocketRpc("tasks.f", { params: { user_id: "string" }, result: TaskStatsResult });

export class Tasks {
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
const untyped: Promise<unknown> = caller.call("tasks.get_stats", { anything: true });
void [result, untyped];
