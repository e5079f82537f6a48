// The shared vectors that every client runs, for the TypeScript side.
import { describe, expect, it } from "vitest";
import { readVectors } from "../../testing/vectors.js";
import { errorOfCentrifugo } from "./centrifugo-errors.js";
import {
  callEnvelope,
  messageIdOf,
  readReply,
  readSendAgain,
  type TraceContext,
} from "./envelope.js";
import { RPCError } from "./rpc-error.js";
import { isUserId, userChannel } from "./user-channel.js";
import { uuidv7 } from "./uuid.js";

const vectors = <T>(name: string): T[] => readVectors(name) as T[];

interface CallVector {
  name: string;
  input: {
    correlation_id: string;
    params: unknown;
    timeout_ms: number;
    attempt: number;
    epoch: string;
    idempotency_key?: string;
    trace?: TraceContext;
  };
  data: unknown;
}

describe("call-envelope.json", () => {
  it.each(vectors<CallVector>("call-envelope"))("$name", ({ input, data }) => {
    expect(callEnvelope(input)).toEqual(data);
  });
});

describe("reply.json", () => {
  it.each(vectors<{ name: string; data: unknown; reads: unknown }>("reply"))(
    "$name",
    ({ data, reads }) => {
      expect(asClientSees(data)).toEqual(reads);
    },
  );

  function asClientSees(data: unknown): unknown {
    const reply = readReply(data);
    if (!reply) return "ignored";
    const { $rpc: _version, ...rest } = reply;
    return "error" in rest ? { ...rest, error: RPCError.fromWire(rest.error).toWire() } : rest;
  }
});

describe("calls.json", () => {
  it.each(vectors<{ name: string; data: unknown; send_again: string[] }>("calls"))(
    "$name",
    ({ data, send_again }) => {
      expect(readSendAgain(data)).toEqual(send_again);
    },
  );
});

describe("centrifugo-errors.json", () => {
  it.each(
    vectors<{ centrifugo: number; message: string; code: number; text: string }>(
      "centrifugo-errors",
    ),
  )("$centrifugo is $code", ({ centrifugo, message, code, text }) => {
    const error = errorOfCentrifugo(centrifugo, message);
    expect({ code: error.code, message: error.message }).toEqual({ code, message: text });
  });
});

describe("publication.json", () => {
  it.each(
    vectors<{ name: string; tags: Record<string, string>; acknowledges: string | null }>(
      "publication",
    ),
  )("$name", ({ tags, acknowledges }) => {
    expect(messageIdOf(tags) ?? null).toBe(acknowledges);
  });
});

describe("user-id.json", () => {
  it.each(vectors<{ id: string; allowed: boolean; channel?: string }>("user-id"))(
    "$id: $allowed",
    ({ id, allowed, channel }) => {
      expect(isUserId(id)).toBe(allowed);
      expect(allowed ? userChannel(id) : undefined).toBe(channel);
    },
  );
});

describe("uuidv7.json", () => {
  it.each(vectors<{ milliseconds: number; pattern: string }>("uuidv7"))(
    "$milliseconds",
    ({ milliseconds, pattern }) => {
      expect(uuidv7(milliseconds)).toMatch(new RegExp(pattern));
    },
  );

  it("differ from each other", () => {
    const ids = Array.from({ length: 1000 }, () => uuidv7(1));
    expect(new Set(ids).size).toBe(1000);
  });
});
