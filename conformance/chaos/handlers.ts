// The handlers of the chaos suite that run in the gateways. Each execution is written to the
// journal, the file in CHAOS_JOURNAL.
import { openSync, writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { type ConnectionContext, websocketRpc } from "centrifugo-rpc";
import { z } from "zod";

const journal = openSync(process.env["CHAOS_JOURNAL"] ?? "", "a");
const work = z.object({ marker: z.int(), delay_ms: z.int() });
const done = z.object({ marker: z.int() });
type Work = z.infer<typeof work>;

/** Writes a line that survives when this process is killed. */
function record(event: string, { method, correlationId }: ConnectionContext, params: Work): void {
  const { marker } = params;
  const entry = { at: Date.now(), event, marker, method, correlationId, pid: process.pid };
  writeSync(journal, `${JSON.stringify(entry)}\n`);
}

async function wait(conn: ConnectionContext, params: Work): Promise<z.infer<typeof done>> {
  record("start", conn, params);
  try {
    await pause(params.delay_ms, undefined, { signal: conn.signal });
  } catch (error) {
    record("stopped", conn, params);
    throw error;
  }
  record("end", conn, params);
  return { marker: params.marker };
}

websocketRpc("gateway.once", { params: work, result: done })(wait);
websocketRpc("gateway.repeatable", { params: work, result: done, idempotent: true })(wait);
