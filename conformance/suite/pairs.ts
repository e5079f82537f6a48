import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { closeBrowser } from "../stack/browser-link.js";
import { clients } from "../stack/clients.js";
import { createDriver, type Driver } from "../stack/driver.js";
import {
  startCentrifugoStack,
  startEmbeddedStack,
  type ClientSettings,
  type Stack,
} from "../stack/stack.js";
import { findCentrifugo } from "../toolchains.js";

/** What a case works with. */
export interface Pair {
  stack(): Stack;
  /** A client of its own, connected as this user, that ends with the case. */
  connected(userId?: string): Promise<Driver>;
  /** A client that is not connected. */
  driver(): Promise<Driver>;
}

const centrifugo = findCentrifugo();

/** How to start each broker; undefined when what it needs is not on this machine. */
const brokers: Record<string, ((client?: ClientSettings) => Promise<Stack>) | undefined> = {
  "embedded broker": startEmbeddedStack,
  Centrifugo:
    centrifugo === undefined ? undefined : (client) => startCentrifugoStack(centrifugo, client),
};

/** Declares the cases for every broker, without a client of ours. */
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
        let stack: Stack;
        const running: Driver[] = [];
        beforeAll(async () => {
          stack = await startStack!();
        });
        afterEach(async () => {
          await Promise.all(running.splice(0).map((driver) => driver.close()));
        });
        afterAll(async () => {
          await closeBrowser();
          await stack.close();
        });

        const pair: Pair = {
          stack: () => stack,
          async driver() {
            const driver = createDriver(await start!());
            running.push(driver);
            return driver;
          },
          async connected(userId = "42") {
            const driver = await pair.driver();
            await driver.connect(stack.url, await stack.token(userId), userId);
            return driver;
          },
        };
        declare(pair);
      });
    }
  }
}
