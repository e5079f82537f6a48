import type { Ack } from "./ack-store.js";
import type { PresentClient } from "../centrifugo/broker-publisher.js";

/** Counts acknowledgements until there are enough. */
export interface AckGoal {
  readonly expected: number;
  readonly received: number;
  readonly reached: boolean;
  /** Whether this one counts. */
  add(ack: Ack): boolean;
}

/** A number of clients, whichever they are. */
export function anyClients(expected: number): AckGoal {
  return goal(expected, () => true);
}

/**
 * All of these clients. An acknowledgement counts for any connection of its user, because a client
 * that reconnects has a new one.
 */
export function presentClients(clients: readonly PresentClient[]): AckGoal {
  const missing = new Map<string, number>();
  for (const { user } of clients) missing.set(user, (missing.get(user) ?? 0) + 1);
  return goal(clients.length, ({ userId }) => {
    const left = missing.get(userId) ?? 0;
    if (left > 0) missing.set(userId, left - 1);
    return left > 0;
  });
}

function goal(expected: number, counts: (ack: Ack) => boolean): AckGoal {
  let received = 0;
  return {
    expected,
    get received() {
      return received;
    },
    get reached() {
      return received >= expected;
    },
    add(ack) {
      if (received >= expected || !counts(ack)) return false;
      received++;
      return true;
    },
  };
}
