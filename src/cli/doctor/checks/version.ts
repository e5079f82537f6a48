import { z } from "zod";
import { ok, warning, wrong, type Check, type Finding } from "../check.js";
import { command } from "../mends.js";

/** The first version whose protocol library is safe: docs/centrifugo-config.md. */
const RECOMMENDED = [6, 9, 2] as const;

const upgrade = command("docker pull centrifugo/centrifugo:v6");

const infoSchema = z.object({
  result: z.object({ nodes: z.array(z.object({ name: z.string(), version: z.string() })) }),
});

export const version: Check = {
  id: "version",
  title: "Version",
  needs: ["api"],
  async run(session) {
    const info = infoSchema.safeParse((await session.info()).json);
    if (!info.success) return warning("Centrifugo does not say which version it is");
    return judgeVersions(info.data.result.nodes.map((node) => node.version));
  },
};

/** What the versions of all nodes mean. */
export function judgeVersions(versions: readonly string[]): Finding {
  const named = `${versions.length === 1 ? "the node has" : `${versions.length} nodes have`} version ${[...new Set(versions)].join(", ")}`;
  const numbers = versions.map((text) => /^(\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number));
  // A build without version flags says 0.0.0.
  const known = numbers.filter((parts) => parts !== undefined && parts.some((part) => part > 0));
  if (known.some((parts) => parts?.[0] !== RECOMMENDED[0])) {
    return wrong(`${named}, and only 6 is supported`, upgrade);
  }
  if (known.length < versions.length) return warning(`${named}: it cannot be told whether it fits`);
  if (known.some((parts) => isOlder(parts ?? []))) {
    return warning(
      `${named}: before ${RECOMMENDED.join(".")} a client can use up all memory`,
      upgrade,
    );
  }
  return ok(named);
}

function isOlder(parts: readonly number[]): boolean {
  const index = RECOMMENDED.findIndex((part, position) => part !== parts[position]);
  return index >= 0 && (parts[index] ?? 0) < (RECOMMENDED[index] ?? 0);
}
