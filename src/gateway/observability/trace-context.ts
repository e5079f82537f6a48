/**
 * The trace that a call belongs to, as HTTP headers carry it.
 *
 * See https://www.w3.org/TR/trace-context/
 */
export interface TraceContext {
  readonly traceparent?: string;
  /** Only with a `traceparent`. */
  readonly tracestate?: string;
}

/** The fields of a `traceparent`. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** 1 when the caller's span is sampled. */
  readonly flags: number;
}

/** Reads a `traceparent`, also of a later version; `undefined` if it is not valid. */
export function readTraceparent(text: string | undefined): TraceParent | undefined {
  const [, version, traceId = "", spanId = "", flags = "", more] =
    /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-[!-~]*)?$/.exec(text ?? "") ?? [];
  if (version === undefined || version === "ff") return undefined;
  // Only a later version may have more.
  if (version === "00" && more !== undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** The `traceparent` of a span, in version 00. */
export function writeTraceparent({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, "0")}`;
}

/** The part of what a caller sent that can be forwarded: nothing without a valid `traceparent`. */
export function sentTraceContext({
  traceparent,
  tracestate,
}: {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}): TraceContext {
  if (traceparent === undefined || !readTraceparent(traceparent)) return {};
  // A header must be able to carry it.
  const isState = tracestate !== undefined && /^[ -~]+$/.test(tracestate);
  return { traceparent, ...(isState && { tracestate }) };
}
