import { afterAll, afterEach, beforeAll, describe } from "vitest";
import {
  driverCommands,
  startDriver,
  type ClientName,
  type Driver,
} from "../stack/driver-process.js";
import { findCentrifugo } from "../toolchains.js";
import { startCentrifugoStack, startEmbeddedStack, type Stack } from "../stack/stack.js";

/** What a case works with. */
export interface Pair {
  readonly client: ClientName;
  stack(): Stack;
  /** A client of its own for each driver, connected as this user and disconnected after the case. */
  connected(userId?: string): Promise<Driver>;
  /** A client that is not connected. */
  driver(): Driver;
}

const centrifugo = findCentrifugo();

const brokers: Record<string, () => Promise<Stack>> = {
  "embedded broker": startEmbeddedStack,
  ...(centrifugo ? { Centrifugo: () => startCentrifugoStack(centrifugo) } : {}),
};

/** Declares the cases for every broker with every client. */
export function eachPair(declare: (pair: Pair) => void): void {
  for (const [broker, start] of Object.entries(brokers)) {
    for (const client of Object.keys(driverCommands) as ClientName[]) {
      const command = driverCommands[client]();
      describe.skipIf(command === undefined)(`${broker} × ${client} client`, () => {
        let stack: Stack;
        const drivers: Driver[] = [];
        beforeAll(async () => {
          stack = await start();
        });
        afterEach(async () => {
          await Promise.all(drivers.splice(0).map((driver) => driver.close()));
        });
        afterAll(() => stack?.close());

        const driver = (): Driver => {
          const started = startDriver(command ?? []);
          drivers.push(started);
          return started;
        };
        declare({
          client,
          stack: () => stack,
          driver,
          async connected(userId = "42") {
            const started = driver();
            await started.connect(stack.url, await stack.token(userId), userId);
            return started;
          },
        });
      });
    }
  }
}
