import { describe } from "vitest";
import { findCentrifugo, findProgram } from "../../testing/toolchains.js";
import type { ClusterPrograms } from "./cluster.js";

/** Declares cases that need Centrifugo and Redis; they are left out where these are missing. */
export function describeCluster(name: string, declare: (programs: ClusterPrograms) => void): void {
  const centrifugo = findCentrifugo();
  const redis = findProgram("redis-server");
  describe.skipIf(centrifugo === undefined || redis === undefined)(`a cluster: ${name}`, () => {
    declare({ centrifugo: centrifugo ?? "", redis: redis ?? "" });
  });
}
