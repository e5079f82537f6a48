import { z } from "zod";
import {
  isCorrelationId,
  isEnvelope,
  MAX_ISSUES,
  MAX_TIMEOUT_MS,
  PROTOCOL_VERSION,
  type ProbeEnvelope,
  RPCError,
  type AckRequest,
  type CallEnvelope,
  type CallsRequest,
  type ContractCheckRequest,
  type PublishedCall,
} from "../../protocol/index.js";

/** The most errors of a method: there are no more codes. */
const MAX_ERRORS = 1600;

const correlationId = z
  .string()
  .refine(isCorrelationId, "1 to 128 of A-Z a-z 0-9 . _ - are allowed");
const timeout = z
  .int()
  .min(1)
  .transform((ms) => Math.min(ms, MAX_TIMEOUT_MS))
  .optional();

// A wrong field that only traces and logs use is no reason to refuse a call.
const attempt = z.int().min(1).default(1).catch(1);
const traceField = z.string().max(1024).optional().catch(undefined);

const callSchema = z.object({
  correlation_id: correlationId,
  params: z.unknown().optional(),
  timeout_ms: timeout,
  attempt,
  epoch: z.string().max(256).optional().catch(undefined),
  idempotency_key: z.string().min(1).max(128).optional(),
  traceparent: traceField,
  tracestate: traceField,
});

const cancelSchema = z.object({ correlation_id: correlationId });

const callsSchema = z.object({ correlation_ids: z.array(correlationId).max(100) });

const ackSchema = z.object({ message_id: correlationId, subscriber_id: correlationId });

const jsonSchema = z.union([z.boolean(), z.record(z.string(), z.unknown())]);

const errorSchema = z.object({
  name: z.string(),
  code: z.int(),
  details: jsonSchema.optional(),
});

/** The parts of a method that matter to a client. */
const methodSchema = z.object({
  params: jsonSchema.optional(),
  result: jsonSchema.optional(),
  idempotent: z.literal(true).optional(),
  // The second schema is not tried if the first fails.
  errors: z.array(z.unknown()).max(MAX_ERRORS).pipe(z.array(errorSchema)).optional(),
});

const contractCheckSchema = z.object({ methods: z.record(z.string(), z.unknown()) });
const knownMethodSchema = z.union([z.string(), methodSchema]);

const probeSchema = z.object({ wait_ms: z.int().min(0) });

const publishedCallSchema = z.object({
  method: z.string(),
  params: z.unknown().optional(),
  correlation_id: correlationId,
  reply_to: z.string().optional(),
  timeout_ms: timeout,
});

/** The fields of a {@link CallEnvelope} that the gateway uses. */
export type ReceivedCall = Required<
  Pick<CallEnvelope, "correlation_id" | "timeout_ms" | "attempt">
> & {
  params?: unknown;
  epoch?: string | undefined;
  idempotency_key?: string | undefined;
  traceparent?: string | undefined;
  tracestate?: string | undefined;
};

/**
 * @param timeoutMs the timeout of a call without one of its own.
 * @throws RPCError invalid_params
 */
export function readCall(data: { $rpc: unknown }, timeoutMs: number): ReceivedCall {
  checkVersion(data);
  const call = readData(callSchema, data);
  return { ...call, timeout_ms: call.timeout_ms ?? timeoutMs };
}

/** @throws RPCError invalid_params */
export function readCancel(data: unknown): { correlation_id: string } {
  checkVersion(data);
  return readData(cancelSchema, data);
}

/** @throws RPCError invalid_params */
export function readCalls(data: unknown): Pick<CallsRequest, "correlation_ids"> {
  checkVersion(data);
  return readData(callsSchema, data);
}

/** @throws RPCError invalid_params */
export function readAck(data: unknown): Omit<AckRequest, "$rpc"> {
  checkVersion(data);
  return readData(ackSchema, data);
}

/** @throws RPCError invalid_params */
export function readContractCheck(data: unknown): ContractCheckRequest["methods"] {
  checkVersion(data);
  const { methods } = readData(contractCheckSchema, data);
  // One by one, so that the first wrong one is the last that is looked at.
  for (const method of Object.values(methods)) readData(knownMethodSchema, method);
  return methods as ContractCheckRequest["methods"];
}

/** @throws RPCError invalid_params */
export function readProbe(data: unknown): Pick<ProbeEnvelope, "wait_ms"> {
  checkVersion(data);
  return readData(probeSchema, data);
}

/**
 * @param timeoutMs the timeout of a call without one of its own.
 * @throws RPCError invalid_params
 */
export function readPublishedCall(
  data: unknown,
  timeoutMs: number,
): ReceivedCall & Pick<PublishedCall, "method" | "reply_to"> {
  const { reply_to, timeout_ms = timeoutMs, ...received } = readData(publishedCallSchema, data);
  const call = { ...received, timeout_ms, attempt: 1 };
  return reply_to === undefined ? call : { ...call, reply_to };
}

/**
 * Refuses data that is not an envelope of a supported version.
 *
 * @throws RPCError invalid_params
 */
export function checkVersion(data: unknown): void {
  if (isEnvelope(data) && data.$rpc === PROTOCOL_VERSION) return;
  const version = isEnvelope(data) && typeof data.$rpc === "number" ? data.$rpc : "unknown";
  throw RPCError.of(
    "invalid_params",
    `protocol version ${version}: this gateway speaks ${PROTOCOL_VERSION}`,
  );
}

/**
 * Data from outside, as its schema has it.
 *
 * @throws RPCError invalid_params with the first issues in its details.
 */
export function readData<T>(schema: z.ZodType<T>, data: unknown): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, MAX_ISSUES).map(({ path, message }) => ({
    path: path.map((key) => (typeof key === "symbol" ? String(key) : key)),
    message,
  }));
  const first = issues[0];
  const place = first && first.path.length > 0 ? `${first.path.join(".")}: ` : "";
  throw RPCError.of("invalid_params", `${place}${first?.message ?? "malformed"}`, { issues });
}
