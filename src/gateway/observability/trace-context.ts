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

/** What a `traceparent` says. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** 1 when the caller's span is sampled. */
  readonly flags: number;
}

/** Reads a `traceparent`; `undefined` for what is none. Of a later version, what is known is read. */
export function readTraceparent(text: string | undefined): TraceParent | undefined {
  const [, version, traceId = "", spanId = "", flags = "", more] =
    /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-[!-~]*)?$/.exec(text ?? "") ?? [];
  if (version === undefined || version === "ff") return undefined;
  // Only a later version may have more.
  if (version === "00" && more !== undefined) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** The `traceparent` of a span, in the version that everybody reads. */
export function writeTraceparent({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, "0")}`;
}

/** What a caller sent, as far as it can be sent on: nothing without a right `traceparent`. */
export function sentTraceContext({
  traceparent,
  tracestate,
}: {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}): TraceContext {
  if (traceparent === undefined || !readTraceparent(traceparent)) return {};
  // What no header can carry is no state either.
  const isState = tracestate !== undefined && /^[ -~]+$/.test(tracestate);
  return { traceparent, ...(isState && { tracestate }) };
}
