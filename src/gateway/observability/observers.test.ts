import { describe, expect, it } from "vitest";
import { silentLogger, type Logger } from "../../handlers/index.js";
import type { StartedCall } from "./observer.js";
import { combineObservers } from "./observers.js";

const call: StartedCall = {
  correlationId: "id-1",
  method: "test.echo",
  known: true,
  userId: "42",
  clientId: "c1",
  transport: "websocket",
  params: {},
  attempt: 1,
  startedAt: new Date(0),
  deadline: new Date(1000),
};
const end = {
  status: "success",
  code: 0,
  durationMs: 1,
  attempts: 1,
  deferred: false,
} as const;

describe("several observers", () => {
  it("are notified in their order, after the call's span", () => {
    const told: string[] = [];
    const watch = (name: string) => ({ ended: () => void told.push(`${name} ended`) });
    const observer = (name: string) => ({ callStarted: () => watch(name) });
    combineObservers([observer("a"), {}, observer("b")], silentLogger)
      .callStarted(call, watch("span"))
      .ended(end);
    expect(told).toEqual(["span ended", "a ended", "b ended"]);
  });

  it("do not disturb each other: what one throws is logged", () => {
    const { log, errors } = recordingLogger();
    const told: string[] = [];
    const broken = {
      callStarted: () => raise("start"),
      callRefused: () => raise("refused"),
      publicationStarted: () => ({ ended: () => raise("ended") }),
    };
    const fine = {
      callStarted: () => ({ ended: () => void told.push("call") }),
      callRefused: () => void told.push("refused"),
      publicationStarted: () => ({ ended: () => void told.push("publication") }),
    };
    const all = combineObservers([broken, fine], log);
    all.callStarted(call).ended(end);
    all.callRefused({ method: "test.echo", userId: "42", code: 400 });
    all
      .publicationStarted({
        messageId: "m1",
        channel: "c",
        data: {},
        waitForAck: false,
        startedAt: new Date(0),
      })
      .ended({ status: "success", acksReceived: 0, durationMs: 1 });
    expect(told).toEqual(["call", "refused", "publication"]);
    expect(errors).toHaveLength(3);
  });
});

function raise(message: string): never {
  throw new Error(message);
}

function recordingLogger(): { log: Logger; errors: string[] } {
  const errors: string[] = [];
  const log: Logger = {
    ...silentLogger,
    error: (_data: object | string, message?: string) => void errors.push(message ?? ""),
  };
  return { log, errors };
}
