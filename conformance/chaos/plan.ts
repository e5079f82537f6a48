import type { Random } from "../differential/random.js";

/** A call to make. */
export interface PlannedCall {
  /** Unique: the handlers write it to the journal and return it. */
  readonly marker: number;
  /** Which connection of the fleet makes it. */
  readonly connection: number;
  readonly method: string;
  /** How long the handler takes. */
  readonly delayMs: number;
}

/** Kinds of calls, each once for every 27th part of the calls that is of its kind. */
const KINDS: readonly (readonly [times: number, method: string, from: number, to: number])[] = [
  [5, "first.once", 1, 30],
  [5, "second.once", 1, 30],
  [2, "first.repeatable", 1, 30],
  [2, "second.repeatable", 1, 30],
  [2, "first.once", 100, 800],
  [1, "second.once", 100, 800],
  [1, "second.busy", 5, 20],
  // In the gateways' own processes.
  [5, "gateway.once", 1, 30],
  [2, "gateway.repeatable", 1, 30],
  [1, "gateway.once", 100, 800],
  // Longer than the inline time: the reply comes on the user's channel.
  [1, "first.once", 3200, 4500],
];

const METHODS = KINDS.flatMap(([times, ...kind]) => Array.from({ length: times }, () => kind));

/** Whether a method's handler may run twice. */
export function isRepeatable(method: string): boolean {
  return method.endsWith(".repeatable");
}

/** The calls of a run: always the same for the same seed. */
export function planCalls(random: Random, calls: number, connections: number): PlannedCall[] {
  return Array.from({ length: calls }, (_, marker) => {
    const [method, from, to] = random.pick(METHODS);
    return {
      marker,
      connection: random.below(connections),
      method,
      delayMs: from + random.below(to - from + 1),
    };
  });
}
