/**
 * The method with which `centrifugo-rpc doctor` measures the way to the gateway: its reply comes
 * after a time of the caller's choice. Not in envelope.ts, which generated clients carry.
 */
export const PROBE_METHOD = "$rpc.probe";

/** The data of the `rpc` command for {@link PROBE_METHOD}. */
export interface ProbeEnvelope {
  $rpc: number;
  /** How long to wait, in milliseconds; more than the gateway's inline time is cut to that. */
  wait_ms: number;
}

/** The reply data of {@link PROBE_METHOD}. */
export interface ProbeReply {
  $rpc: number;
  /** How long the gateway waited, in milliseconds. */
  waited_ms: number;
}
