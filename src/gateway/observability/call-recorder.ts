import type { CallLog, LoggedStart } from "../../call-log/index.js";
import { RPCError, uuidv7 } from "../../protocol/index.js";
import { buildContract, type Method, type Methods, Registry } from "../../handlers/index.js";
import type { GatewayObserver } from "./observer.js";

/** The methods whose schemas are read. */
export type LoggedMethods = Pick<Methods, "get" | "missing">;

/** The options of {@link createCallRecorder}. */
export interface CallRecorderOptions {
  /** Where to write. The caller closes it, after the gateway. */
  callLog: Pick<CallLog, "begin">;
  /** The methods, whose schemas may mark parts as sensitive. */
  methods: LoggedMethods;
  /** Whether only publications that wait for an acknowledgement are written. Default false. */
  onlyWithAck?: boolean;
}

/** An observer that writes calls and publications to the call log. */
export function createCallRecorder(options: CallRecorderOptions): GatewayObserver {
  const { callLog, methods, onlyWithAck = false } = options;
  return {
    ...(onlyWithAck ? {} : callObserver(callLog, methods)),

    publicationStarted(publication) {
      const { messageId, channel, data, waitForAck, acksExpected, startedAt } = publication;
      if (onlyWithAck && !waitForAck) return undefined;
      const entry = callLog.begin({
        kind: "publish",
        id: messageId,
        target: channel,
        params: data,
        waitForAck,
        acksExpected,
        startedAt,
      });
      return {
        ended: ({ error, ...end }) =>
          entry.end({ ...end, error: error && RPCError.from(error).toWire() }),
      };
    },
  };
}

function callObserver(
  callLog: Pick<CallLog, "begin">,
  methods: LoggedMethods,
): Pick<GatewayObserver, "callStarted" | "callRefused"> {
  return {
    callStarted(call) {
      const { correlationId, method, userId, clientId, params, attempt, startedAt } = call;
      const entry = callLog.begin({
        kind: "call",
        id: correlationId,
        target: method,
        userId,
        clientId,
        params,
        schemas: schemasOf(method, methods),
        attempt,
        startedAt,
      });
      return { ended: ({ error, ...end }) => entry.end({ ...end, error: error?.toWire() }) };
    },

    callRefused({ method, userId, code }) {
      const entry = callLog.begin({
        kind: "call",
        // The request may not have a valid one.
        id: uuidv7(),
        target: method,
        userId,
        params: undefined,
        startedAt: new Date(),
      });
      entry.end({ status: "failed", error: new RPCError(code).toWire(), durationMs: 0 });
    },
  };
}

type Schemas = NonNullable<LoggedStart["schemas"]>;

/** For a method whose schemas cannot be read, or not yet: anything may be sensitive. */
const UNREADABLE: Schemas = { params: { sensitive: true }, result: { sensitive: true } };

const known = new WeakMap<Method, Schemas>();

function schemasOf(name: string, methods: LoggedMethods): Schemas | undefined {
  const method = methods.get(name);
  if (!method) return methods.missing?.(name) && UNREADABLE;
  let schemas = known.get(method);
  if (!schemas) {
    schemas = readSchemas(method);
    known.set(method, schemas);
  }
  return schemas;
}

function readSchemas(method: Method): Schemas {
  const alone = new Registry();
  alone.register(method);
  try {
    return buildContract(alone).methods[0] ?? UNREADABLE;
  } catch {
    return UNREADABLE;
  }
}
