import { describe, expect, it } from "vitest";
import { z } from "zod";
import { RPCError } from "../protocol/index.js";
import { createCaller } from "./caller.js";
import { defineError, type DefinedError } from "./define-error.js";
import { silentLogger, type Logger } from "./logger.js";
import { Registry } from "./registry.js";
import { websocketRpc } from "./websocket-rpc.js";

const TaskNotFound = defineError("TaskNotFound", {
  code: 1001,
  message: "the task does not exist",
  details: z.object({ task_id: z.int(), hint: z.string().default("none") }),
});
const QuotaExceeded = defineError("QuotaExceeded", { code: 1002 });

describe("an error that was defined", () => {
  it("is an RPCError with its code, its message and its details", () => {
    const error = new TaskNotFound({ task_id: 1 });
    expect(error).toBeInstanceOf(RPCError);
    expect(error).toBeInstanceOf(TaskNotFound);
    expect(error).not.toBeInstanceOf(QuotaExceeded);
    expect(TaskNotFound.name).toBe("TaskNotFound");
    expect(String(error)).toBe("TaskNotFound: the task does not exist");
    expect(error.toWire()).toEqual({
      code: 1001,
      message: "the task does not exist",
      details: { task_id: 1 },
    });
  });

  it("may be given another message and a cause", () => {
    const cause = new Error("why");
    expect(new TaskNotFound({ task_id: 1 }, "gone", { cause })).toMatchObject({
      message: "gone",
      cause,
    });
    expect(new QuotaExceeded("3 of 3", { cause })).toMatchObject({ message: "3 of 3", cause });
    expect(new QuotaExceeded().toWire()).toEqual({ code: 1002, message: "QuotaExceeded" });
  });

  it.each(["taskNotFound", "Task_Not_Found", "", "Täsk", "1Task", "X".repeat(101)])(
    "cannot be called %j",
    (name) => {
      expect(() => defineError(name, { code: 1001 })).toThrow("must be in PascalCase");
    },
  );

  it.each([999, 2000, 1001.5, NaN, "1001" as unknown as number])(
    "cannot have the code %s",
    (code) => {
      expect(() => defineError("TaskNotFound", { code })).toThrow(/integer from 1000 to 1999/);
    },
  );

  it.each([undefined, {}])("cannot have %j for the schema of its details", (details) => {
    const options = { code: 1001, details: details as unknown as z.ZodString };
    expect(() => defineError("TaskNotFound", options)).toThrow(TypeError);
  });
});

describe("a handler that throws an error", () => {
  it("that its method declares: the caller gets it, with the details as their schema makes them", async () => {
    const { error, lines } = await thrown([TaskNotFound], () => new TaskNotFound({ task_id: 1 }));
    expect(error).toBeInstanceOf(TaskNotFound);
    expect(error).toMatchObject({ code: 1001, details: { task_id: 1, hint: "none" } });
    expect(lines).toEqual([]);
  });

  it("keeps the message, the cause and the stack", async () => {
    const cause = new Error("why");
    const original = new TaskNotFound({ task_id: 1 }, "gone", { cause });
    const { error } = await thrown([TaskNotFound], () => original);
    expect(error).toMatchObject({ message: "gone", cause, stack: original.stack });
  });

  it("by its code: it is taken for the declared one", async () => {
    const details = { task_id: 1, other: true };
    const { error } = await thrown([TaskNotFound], () => new RPCError(1001, "gone", details));
    expect(error).toBeInstanceOf(TaskNotFound);
    expect(error).toMatchObject({ message: "gone", details: { task_id: 1, hint: "none" } });
  });

  it("with details that do not match: that is logged, and the caller gets an internal error", async () => {
    const wrong = { task_id: "secret" } as unknown as { task_id: number };
    const { error, lines } = await thrown([TaskNotFound], () => new TaskNotFound(wrong));
    expect(error).toMatchObject({ code: 500, cause: expect.any(TypeError) });
    expect(JSON.stringify(error.toWire())).not.toContain("secret");
    expect(lines).toEqual([
      [
        "error",
        { issues: [{ path: ["task_id"], message: expect.any(String) }] },
        "the details of TaskNotFound do not match their schema",
      ],
    ]);
  });

  it("with details whose schema throws: it fails as internal", async () => {
    const failure = new Error("no database");
    const details = z.unknown().transform((): string => {
      throw failure;
    });
    const Broken = defineError("Broken", { code: 1003, details });
    const { error } = await thrown([Broken], () => new Broken(1));
    expect(error).toMatchObject({ code: 500, cause: failure });
  });

  it("that its method does not declare: the caller gets it, and the log a warning", async () => {
    const { error, lines } = await thrown([TaskNotFound], () => new QuotaExceeded());
    expect(error).toMatchObject({ code: 1002 });
    expect(lines).toEqual([
      [
        "warn",
        { error: "QuotaExceeded", code: 1002 },
        "the method throws an error that it does not declare",
      ],
    ]);
  });

  it("of the table or with a code of its own: the caller gets it as it is", async () => {
    const { error, lines } = await thrown([TaskNotFound], () => new RPCError(1500, "x", { a: 1 }));
    expect(error.toWire()).toEqual({ code: 1500, message: "x", details: { a: 1 } });
    expect(lines).toEqual([]);
  });
});

async function thrown(errors: DefinedError[], make: () => RPCError) {
  const registry = new Registry();
  websocketRpc("fails", { errors, registry })(async () => {
    throw make();
  });
  const lines: unknown[][] = [];
  const log: Logger = {
    ...silentLogger,
    warn: (...line: unknown[]) => void lines.push(["warn", ...line]),
    error: (...line: unknown[]) => void lines.push(["error", ...line]),
  };
  const call = createCaller({ registry, conn: { log } }).call("fails");
  const error = (await call.catch((reason: unknown) => reason)) as RPCError;
  return { error, lines };
}
