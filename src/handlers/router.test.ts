import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { RPCError } from "../protocol/index.js";
import { createCaller } from "./caller.js";
import { defineError } from "./define-error.js";
import { silentLogger, type Logger } from "./logger.js";
import type { Middleware } from "./middleware.js";
import { Registry, type Methods } from "./registry.js";
import type { Handler } from "./method.js";
import { websocketRpc } from "./websocket-rpc.js";

const TaskStatsParams = z.object({
  user_id: z.string(),
  include_completed: z.boolean().default(true),
});
const TaskStatsResult = z.object({ total: z.int(), note: z.string().default("none") });

function statsCaller(
  handler: Handler<typeof TaskStatsParams, typeof TaskStatsResult>,
  options: { log?: Logger; middleware?: Middleware[]; signal?: AbortSignal } = {},
) {
  const registry = new Registry();
  const { log = silentLogger, middleware = [], signal } = options;
  websocketRpc("tasks.get_stats", {
    params: TaskStatsParams,
    result: TaskStatsResult,
    registry,
  })(handler);
  return createCaller({ registry, middleware, conn: { log, ...(signal ? { signal } : {}) } });
}

describe("a call", () => {
  it("gives the handler the caller and the params with defaults, and the caller the result with defaults", async () => {
    const seen: unknown[] = [];
    const caller = statsCaller(async (conn, params) => {
      seen.push(conn.userId, conn.method, params);
      return { total: 3 };
    });
    expect(await caller.call("tasks.get_stats", { user_id: "1" })).toEqual({
      total: 3,
      note: "none",
    });
    expect(seen).toEqual(["test", "tasks.get_stats", { user_id: "1", include_completed: true }]);
  });

  it("of a method that is not there says so, or why it is missing for now", async () => {
    const none = new Registry();
    const away = (name: string) =>
      name === "a" ? RPCError.of("unavailable", "not yet") : undefined;
    const methods = { get: () => undefined, list: () => [], missing: away };
    const call = async (registry: Methods, name: string) =>
      await createCaller({ registry })
        .call(name)
        .catch((error: unknown) => error);
    expect(await call(none, "a")).toMatchObject({ code: 404, message: 'no method "a"' });
    expect(await call(methods, "a")).toMatchObject({ code: 503, message: "not yet" });
    expect(await call(methods, "b")).toMatchObject({ code: 404, message: 'no method "b"' });
  });

  it("takes absent params as an empty object", async () => {
    const registry = new Registry();
    websocketRpc("ping", { params: z.object({}), result: z.object({}), registry })(
      async () => ({}),
    );
    expect(await createCaller({ registry }).call("ping", undefined)).toEqual({});
  });

  it("of an unknown method fails with method_not_found", async () => {
    const caller = statsCaller(async () => ({ total: 1 }));
    await expect(caller.call("tasks.nope", {})).rejects.toMatchObject({
      code: 404,
      message: 'no method "tasks.nope"',
    });
  });

  it("with wrong params fails with the issues, and the handler does not run", async () => {
    let runs = 0;
    const caller = statsCaller(async () => ({ total: ++runs }));
    await expect(
      caller.call("tasks.get_stats", { user_id: 123, include_completed: "x" }),
    ).rejects.toMatchObject({
      code: 400,
      message: expect.stringMatching(/^tasks\.get_stats: user_id: .* \(and 1 more\)$/),
      details: {
        issues: [
          { path: ["user_id"], message: expect.any(String) },
          { path: ["include_completed"], message: expect.any(String) },
        ],
      },
    });
    expect(runs).toBe(0);
  });

  it("whose time is up before its handler starts does not run", async () => {
    let runs = 0;
    const registry = new Registry();
    websocketRpc("m", { registry })(async () => void runs++);
    const conn = { deadline: new Date(Date.now() - 1) };
    await expect(createCaller({ registry, conn }).call("m")).rejects.toMatchObject({
      code: 408,
      details: { ran: false },
    });
    const cancelled = { signal: AbortSignal.abort(RPCError.of("cancelled")) };
    const late = createCaller({ registry, conn: cancelled });
    await expect(late.call("m")).rejects.toMatchObject({ code: 499 });
    expect(runs).toBe(0);
  });

  it("passes on the error that the handler throws for the caller", async () => {
    const caller = statsCaller(async () => {
      throw new RPCError(1001, "quota used up", { limit: 10 });
    });
    await expect(caller.call("tasks.get_stats", { user_id: "1" })).rejects.toMatchObject({
      code: 1001,
      message: "quota used up",
      details: { limit: 10 },
    });
  });

  it("hides an unexpected error from the caller and logs it whole", async () => {
    const { log, lines } = recordingLogger();
    const failure = new Error("secret: password is hunter2");
    const caller = statsCaller(
      async () => {
        throw failure;
      },
      { log },
    );
    const error = await caller.call("tasks.get_stats", { user_id: "1" }).catch((e: unknown) => e);
    expect(JSON.stringify((error as RPCError).toWire())).not.toContain("secret");
    expect(error).toMatchObject({ code: 500, cause: failure });
    expect(lines).toEqual([[{ err: failure }, "handler failed"]]);
  });

  it.each(["params", "result"] as const)(
    "whose %s schema throws fails as internal, and the error is logged",
    async (part) => {
      const { log, lines } = recordingLogger();
      const failure = new Error("the database is away");
      const failing = z.object({}).transform(() => {
        throw failure;
      });
      const registry = new Registry();
      const schemas = { params: z.object({}), result: z.object({}), [part]: failing };
      websocketRpc("ping", { ...schemas, registry })(async () => ({}));
      const error = await createCaller({ registry, conn: { log } })
        .call("ping", {})
        .catch((e: unknown) => e);
      expect(error).toBeInstanceOf(RPCError);
      expect(error).toMatchObject({ code: 500, cause: failure });
      expect(lines).toEqual([[{ err: failure }, "handler failed"]]);
    },
  );

  it("with a result that breaks its schema fails as internal, and the issues are logged", async () => {
    const { log, lines } = recordingLogger();
    const caller = statsCaller(async () => ({ total: 1.5 }), { log });
    const error = await caller.call("tasks.get_stats", { user_id: "1" }).catch((e: unknown) => e);
    expect((error as RPCError).toWire()).toEqual({
      code: 500,
      message: "The handler failed: the cause is in the server's log.",
    });
    expect(lines[0]?.[0]).toMatchObject({ issues: [{ path: ["total"] }] });
  });

  it.each([
    ["result", async () => ({ name: "a", password: "hunter2", ssid: "home5678" })],
    [
      "error",
      async () => {
        throw new RPCError(1001, "m", { name: "a", password: "hunter2", ssid: "home5678" });
      },
    ],
  ])(
    "whose invalid %s is quoted by the schema library logs no secret of it",
    async (_, handler) => {
      const { log, lines } = recordingLogger();
      // ArkType writes such messages for schemas that were narrowed.
      const account = z.looseObject({ name: z.string() }).refine(() => false, {
        error: ({ input }) => `must be valid (was ${JSON.stringify(input)})`,
      });
      const Refused = defineError("Refused", { code: 1001, details: account });
      const registry = new Registry();
      websocketRpc("sign_up", { result: account, errors: [Refused], registry })(handler);
      const caller = createCaller({ registry, redactFields: ["ssid"], conn: { log } });
      const error = await caller.call("sign_up").catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 500 });
      expect(inspect([lines, error], { depth: 9 })).not.toMatch(/hunter2|home5678/);
      expect(lines[0]?.[0]).toEqual({ issues: [{ path: [], message: "[redacted]" }] });
    },
  );

  it("that was aborted ends with the reason of the abort, whatever the handler throws then", async () => {
    const controller = new AbortController();
    const caller = statsCaller(
      async (conn) => {
        controller.abort(RPCError.of("deadline_exceeded"));
        conn.signal.throwIfAborted();
        return { total: 1 };
      },
      { signal: controller.signal },
    );
    await expect(caller.call("tasks.get_stats", { user_id: "1" })).rejects.toMatchObject({
      code: 408,
    });
  });
});

describe("middleware", () => {
  const trace =
    (name: string, seen: string[]): Middleware =>
    (next) =>
    async (conn, params) => {
      seen.push(`${name} in`);
      const result = await next(conn, params);
      seen.push(`${name} out`);
      return result;
    };

  it("runs around the handler, the first of the list outermost, with valid params", async () => {
    const seen: string[] = [];
    const caller = statsCaller(
      async () => {
        seen.push("handler");
        return { total: 1 };
      },
      { middleware: [trace("a", seen), trace("b", seen)] },
    );
    await caller.call("tasks.get_stats", { user_id: "1" });
    expect(seen).toEqual(["a in", "b in", "handler", "b out", "a out"]);
    seen.length = 0;
    await caller.call("tasks.get_stats", {}).catch(() => undefined);
    expect(seen).toEqual([]);
  });

  it("may refuse the call and may change what the handler sees", async () => {
    const admin: Middleware = (next) => async (conn, params) => {
      if (conn.userId !== "root") throw RPCError.of("permission_denied");
      return await next({ ...conn, meta: { role: "admin" } }, params);
    };
    const registry = new Registry();
    websocketRpc("role", {
      params: z.object({}),
      result: z.object({ role: z.string() }),
      middleware: [admin],
      registry,
    })(async (conn) => ({ role: String(conn.meta["role"]) }));
    await expect(createCaller({ registry }).call("role", {})).rejects.toMatchObject({ code: 403 });
    const root = createCaller({ registry, conn: { userId: "root" } });
    expect(await root.call("role", {})).toEqual({ role: "admin" });
  });
});

function recordingLogger(): { log: Logger; lines: unknown[][] } {
  const lines: unknown[][] = [];
  const record = (...line: unknown[]) => void lines.push(line);
  const log: Logger = {
    debug: record,
    info: record,
    warn: record,
    error: record,
    child: () => log,
  };
  return { log, lines };
}
