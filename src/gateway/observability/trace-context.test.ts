import { describe, expect, it } from "vitest";
import { readTraceparent, sentTraceContext, writeTraceparent } from "./trace-context.js";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

describe("a traceparent", () => {
  it.each([0, 1, 255])("is read as it was written, with the flags %i", (flags) => {
    const parent = { traceId, spanId, flags };
    expect(readTraceparent(writeTraceparent(parent))).toEqual(parent);
  });

  it("of a later version is read as far as it is known", () => {
    const parent = { traceId, spanId, flags: 1 };
    expect(readTraceparent(`01-${traceId}-${spanId}-01`)).toEqual(parent);
    expect(readTraceparent(`01-${traceId}-${spanId}-01-more`)).toEqual(parent);
  });

  it.each([
    undefined,
    "",
    "nonsense",
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${"0".repeat(32)}-${spanId}-01`,
    `00-${traceId}-${"0".repeat(16)}-01`,
    `00-${traceId}-${spanId}-01\n`,
    `01-${traceId}-${spanId}-01-é`,
  ])("is not %j", (text) => {
    expect(readTraceparent(text)).toBeUndefined();
  });
});

describe("what a caller sent", () => {
  const traceparent = `00-${traceId}-${spanId}-01`;

  it.each([
    [
      { traceparent, tracestate: "vendor=1" },
      { traceparent, tracestate: "vendor=1" },
    ],
    [{ traceparent }, { traceparent }],
    [{ traceparent, tracestate: "" }, { traceparent }],
    [{ traceparent, tracestate: "a=1\r\nX-Admin: 1" }, { traceparent }],
    [{ traceparent: "nonsense", tracestate: "vendor=1" }, {}],
    [{ tracestate: "vendor=1" }, {}],
    [{}, {}],
  ])("of %j, what can be sent on is %j", (sent, context) => {
    expect(sentTraceContext(sent)).toEqual(context);
  });
});
