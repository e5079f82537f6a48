import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { closeBrowser } from "../stack/browser-link.js";
import { clients, type StartDriver } from "../stack/clients.js";
import { createDriver, type Driver } from "../stack/driver.js";
import type { SuiteHandlers } from "../stack/handlers.js";
import { startPythonHandlers } from "../stack/python-handlers.js";
import {
  startCentrifugoStack,
  startEmbeddedStack,
  type ClientSettings,
  type Stack,
} from "../stack/stack.js";
import { startRedis, type RedisProcess } from "../../testing/processes/redis.js";
import { findCentrifugo, findProgram, findPython } from "../../testing/toolchains.js";

export interface Pair {
  stack(): Stack;
  /** A new client, connected as this user until the case ends. */
  connected(userId?: string): Promise<Driver>;
  /** A client that is not connected. */
  driver(): Promise<Driver>;
}

const centrifugo = findCentrifugo();

/** How to start each broker; undefined if it is not installed. */
const brokers: Record<string, StartStack | undefined> = {
  "embedded broker": startEmbeddedStack,
  Centrifugo:
    centrifugo === undefined
      ? undefined
      : (client, handlers) => startCentrifugoStack(centrifugo, client, handlers),
};

type StartStack = (
  client?: ClientSettings,
  handlers?: () => Promise<SuiteHandlers>,
) => Promise<Stack>;

/** Declares the cases for every broker, without a client of this project. */
export function eachBroker(
  declare: (stack: () => Stack) => void,
  settings: () => ClientSettings = () => ({}),
): void {
  for (const [broker, startStack] of Object.entries(brokers)) {
    describe.skipIf(!startStack)(`on ${broker}`, () => {
      let stack: Stack;
      beforeAll(async () => {
        stack = await startStack!(settings());
      });
      afterAll(() => stack.close());
      declare(() => stack);
    });
  }
}

/** Declares the cases for every broker with every client. */
export function eachPair(declare: (pair: Pair) => void): void {
  for (const [broker, startStack] of Object.entries(brokers)) {
    for (const [client, find] of Object.entries(clients)) {
      const start = find();
      describe.skipIf(!startStack || !start)(`${broker} × ${client}`, () => {
        declare(usePair(() => startStack!(), start!));
      });
    }
  }
}

/** Declares the cases for a Centrifugo on Redis with every client. */
export function eachClientOnRedis(
  declare: (pair: Pair, restartRedis: () => Promise<void>) => void,
): void {
  const binary = findProgram("redis-server");
  for (const [client, find] of Object.entries(clients)) {
    const start = find();
    const skips = !centrifugo || !binary || !start;
    describe.skipIf(skips)(`Centrifugo on Redis × ${client}`, () => {
      let redis: RedisProcess;
      const startStack = async (): Promise<Stack> => {
        redis = await startRedis(binary!);
        return await startCentrifugoStack(centrifugo!, {}, undefined, redis.url);
      };
      const pair = usePair(startStack, start!);
      afterAll(() => redis.close());
      declare(pair, async () => {
        await redis.kill();
        redis = await startRedis(binary!, Number(new URL(redis.url).port));
      });
    });
  }
}

/** Declares the cases for every broker with handlers in Python and one client. */
export function eachBrokerWithPythonHandlers(declare: (pair: Pair) => void): void {
  const python = findPython();
  const start = clients["TypeScript"]?.();
  for (const [broker, startStack] of Object.entries(brokers)) {
    describe.skipIf(!startStack || !python)(`${broker} × handlers in Python`, () => {
      declare(usePair(() => startStack!({}, () => startPythonHandlers(python!)), start!));
    });
  }
}

/**
 * A stack for the cases of one `describe`, and clients for them. A driver serves one case after
 * another, as a process of an application does: most of the suite's time would go into starting them.
 */
function usePair(startStack: () => Promise<Stack>, start: StartDriver): Pair {
  let stack: Stack;
  const idle: Driver[] = [];
  const running: Driver[] = [];
  beforeAll(async () => {
    stack = await startStack();
  });
  afterEach(async ({ task }) => {
    const drivers = running.splice(0);
    const failed = task.result?.state === "fail";
    await Promise.all(drivers.map((driver) => (failed ? driver.close() : driver.disconnect())));
    if (!failed) idle.push(...drivers);
  });
  afterAll(async () => {
    await Promise.all(idle.splice(0).map((driver) => driver.close()));
    await closeBrowser();
    await stack.close();
  });

  const pair: Pair = {
    stack: () => stack,
    async driver() {
      const driver = idle.pop() ?? createDriver(await start());
      running.push(driver);
      return driver;
    },
    async connected(userId = "42") {
      const driver = await pair.driver();
      await driver.connect(stack.url, await stack.token(userId), userId);
      return driver;
    },
  };
  return pair;
}
