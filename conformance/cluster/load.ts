import { RPCError, type CentrifugoRPCClient } from "centrifugo-rpc/client";
import { INLINE_TIMEOUT_MS } from "./cluster.js";

/** How a call ended: with what it asked for, with another call's result, or with an error's code. */
export type Outcome = "own result" | "another's result" | number;

/** The ends of all calls of a load. */
export interface Outcomes {
  total(): number;
  /** Which outcomes there were, each once. */
  kinds(): Outcome[];
  /** The nonces of the calls that ended with a code. */
  endedWith(code: number): string[];
  /** The gateways that gave a result, by process id. */
  gateways(): number[];
}

/** Something that happens while the load runs, which goes on until it is over. */
export interface Incident {
  /** After so many calls have ended. */
  readonly at: number;
  run(): Promise<void>;
}

/** What calls to make. */
export interface Load {
  /** How many calls, at least. */
  readonly calls: number;
  /** Whether some of them take longer than the inline time. Default false. */
  readonly deferred?: boolean;
  readonly incident?: Incident;
  /** How many calls each client has under way at any moment. Default 50. */
  readonly atOnce?: number;
}

/** A deferred call is one in so many. */
const DEFERRED_EACH = 25;

/** Makes calls of `echo`, spread over the clients, and waits until each has ended. */
export async function runLoad(
  clients: readonly CentrifugoRPCClient[],
  { calls, deferred = false, incident, atOnce = 50 }: Load,
): Promise<Outcomes> {
  const outcomes: Outcome[] = [];
  const failures: { nonce: string; code: number }[] = [];
  const gateways = new Set<number>();
  let made = 0;
  let running: Promise<void> | undefined;
  let over = true;

  async function caller(client: CentrifugoRPCClient): Promise<void> {
    while (made < calls || !over) {
      outcomes.push(await call(client, ++made));
      if (!incident || outcomes.length !== incident.at) continue;
      over = false;
      running = incident.run().finally(() => (over = true));
    }
  }

  async function call(client: CentrifugoRPCClient, number: number): Promise<Outcome> {
    const nonce = `nonce-${number}`;
    const delay_ms = deferred && number % DEFERRED_EACH === 0 ? INLINE_TIMEOUT_MS + 100 : 5;
    try {
      const result = await client.call("echo", { nonce, delay_ms });
      gateways.add(result.gateway);
      return result.nonce === nonce ? "own result" : "another's result";
    } catch (error) {
      if (!(error instanceof RPCError)) throw error;
      failures.push({ nonce, code: error.code });
      return error.code;
    }
  }

  const callers = clients.flatMap((client) => Array.from({ length: atOnce }, () => caller(client)));
  await Promise.all(callers);
  await running;
  return {
    total: () => outcomes.length,
    kinds: () => [...new Set(outcomes)],
    endedWith: (code) => failures.filter((each) => each.code === code).map(({ nonce }) => nonce),
    gateways: () => [...gateways],
  };
}
