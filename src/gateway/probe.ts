import { PROTOCOL_VERSION, RPCError, type ProbeReply } from "../protocol/index.js";
import { readProbe } from "./calls/read-envelope.js";

/** Any user may send probes, so only few wait at a time: a timer each is all they cost. */
const MOST_PROBES = 8;

/**
 * Answers `$rpc.probe`: waits as long as asked for, but no longer than `longestMs`.
 *
 * @throws RPCError invalid_params, or rate_limited when too many wait.
 */
export function createProbe(longestMs: number): (data: unknown) => Promise<ProbeReply> {
  let waiting = 0;
  return async (data) => {
    const ms = Math.min(readProbe(data).wait_ms, longestMs);
    if (waiting === MOST_PROBES) throw RPCError.of("rate_limited", "too many probes at a time");
    waiting++;
    await new Promise((resolve) => setTimeout(resolve, ms));
    waiting--;
    return { $rpc: PROTOCOL_VERSION, waited_ms: ms };
  };
}
