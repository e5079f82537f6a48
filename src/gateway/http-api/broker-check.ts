import type { BrokerApi } from "../centrifugo/broker-api.js";

/** For how long an answer is good: whoever asks may ask often, and needs no key. */
const FRESH_MS = 1000;
/** How long the broker may take. */
const PATIENCE_MS = 2000;

/** Whether the broker's API answers, asked no more than once a second. */
export function brokerCheck(broker: BrokerApi): () => Promise<"ok" | "unreachable"> {
  let last: Promise<"ok" | "unreachable"> | undefined;
  return () => {
    last ??= ask(broker).finally(() => {
      setTimeout(() => (last = undefined), FRESH_MS).unref();
    });
    return last;
  };
}

async function ask(broker: BrokerApi): Promise<"ok" | "unreachable"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"unreachable">((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, "unreachable");
  });
  const answer = broker.ping().then(
    () => "ok" as const,
    () => "unreachable" as const,
  );
  const state = await Promise.race([answer, late]);
  clearTimeout(timer);
  return state;
}
