import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "../differential/random.js";
import type { Link } from "./link.js";
import type { Program } from "./program.js";
import type { System } from "./system.js";

/** Something bad that happens to the system. */
export interface Fault {
  /** What it does, from its beginning to the moment when everything works again. */
  run(system: System, random: Random): Promise<void>;
  /** Why not all calls can succeed within their deadlines. Default: they must, but one in 1000. */
  readonly exempt?: string;
}

/** How long a killed program is away. */
const AWAY_MS = 1000;

const killOne = (programs: (system: System) => readonly Program[]) => ({
  run: async (system: System, random: Random) => {
    const program = random.pick(programs(system));
    await program.kill();
    await pause(AWAY_MS);
    await program.start();
  },
});

const restartEach = (programs: (system: System) => readonly Program[]) => ({
  run: async (system: System) => {
    for (const program of programs(system)) {
      await program.stop();
      await program.start();
      // Longer than the balancers need to notice.
      await pause(500);
    }
  },
});

/** The faults by name. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  none: { run: async () => undefined },
  "node killed": killOne(({ nodes }) => nodes),
  "nodes restarted": restartEach(({ nodes }) => nodes),
  "gateway killed": killOne(({ gateways }) => gateways),
  "gateways restarted": restartEach(({ gateways }) => gateways),
  "gateway stopped for 10 s": {
    run: async ({ gateways }, random) => {
      const gateway = random.pick(gateways);
      gateway.freeze();
      await pause(10_000);
      gateway.thaw();
    },
  },
  "all gateways away": {
    exempt: "no gateway can run calls",
    run: async ({ gateways }) => {
      await Promise.all(gateways.map((gateway) => gateway.kill()));
      await pause(AWAY_MS);
      await Promise.all(gateways.map((gateway) => gateway.start()));
    },
  },
  "service killed": killOne(({ services }) => services),
  "services restarted": restartEach(({ services }) => services),
  "Redis killed": killOne(({ redis }) => [redis]),
  "connections cut after requests": cutRequests(({ clientLink }) => [clientLink]),
  "all connections cut": { run: async ({ clientLink }) => clientLink.cut() },
  "gateway requests cut": cutRequests(({ gatewayLink }) => [gatewayLink]),
  "service requests cut": cutRequests(({ serviceLinks }) => serviceLinks),
  "black hole before the nodes": blackHole(({ clientLink }) => clientLink),
  "black hole before the gateways": blackHole(({ gatewayLink }) => gatewayLink),
  "black hole before Redis": blackHole(({ redisLink }) => redisLink),
  "500 ms delay": {
    run: async ({ clientLink, gatewayLink }) => {
      for (const link of [clientLink, gatewayLink]) link.delay(500);
      await pause(5000);
      for (const link of [clientLink, gatewayLink]) link.delay(0);
    },
  },
  "half-dead connections": { run: async ({ clientLink }) => clientLink.deafen() },
};

function blackHole(link: (system: System) => Link): Fault {
  return {
    run: async (system) => {
      link(system).hold();
      await pause(10_000);
      link(system).release();
    },
  };
}

/** For some seconds, cuts connections after every sixth request. */
function cutRequests(links: (system: System) => readonly Link[]): Fault {
  return {
    run: async (system) => {
      for (const link of links(system)) link.cutEvery(6);
      await pause(4000);
      for (const link of links(system)) link.cutEvery(0);
    },
  };
}
