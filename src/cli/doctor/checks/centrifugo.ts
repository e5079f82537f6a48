import { z } from "zod";
import { type Finding, ok, warning, wrong } from "../finding.js";
import { UnreachableError } from "../http-probe.js";
import { command, recommended, variable } from "../fixes.js";
import type { Session } from "../session.js";

/** Source: https://centrifugal.dev/docs/server/server_api */
export async function api(session: Session): Promise<Finding> {
  const url = session.config.centrifugoApiUrl;
  try {
    const { status, json } = await session.info();
    if (status === 401) {
      return wrong(
        `${url} refuses the API key`,
        variable("centrifugoApiKey", "<http_api.key of Centrifugo>"),
        recommended("http_api.key", session.config),
      );
    }
    if (status !== 200 || typeof json !== "object" || json === null || !("result" in json)) {
      return wrong(
        `${url} is not Centrifugo's API: POST ${url}/info returned HTTP status ${status}`,
        variable("centrifugoApiUrl", "http://localhost:8000/api"),
      );
    }
    return ok(`${url} accepts the API key`);
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    return wrong(
      `${url} cannot be reached: ${error.message}`,
      command("centrifugo --config centrifugo.json"),
      variable("centrifugoApiUrl", "http://localhost:8000/api"),
    );
  }
}

/** The first version whose protocol library is safe: docs/centrifugo-config.md. */
const RECOMMENDED = [6, 9, 2] as const;

const upgrade = command("docker pull centrifugo/centrifugo:v6");

const infoSchema = z.object({
  result: z.object({ nodes: z.array(z.object({ name: z.string(), version: z.string() })) }),
});

export async function version(session: Session): Promise<Finding> {
  const info = infoSchema.safeParse((await session.info()).json);
  if (!info.success) return warning("Centrifugo does not report its version");
  return judgeVersions(info.data.result.nodes.map((node) => node.version));
}

/** Judges the versions of all nodes. */
export function judgeVersions(versions: readonly string[]): Finding {
  const named = `${versions.length === 1 ? "the node has" : `${versions.length} nodes have`} version ${[...new Set(versions)].join(", ")}`;
  const numbers = versions.map((text) => /^(\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number));
  // A build without version flags reports 0.0.0.
  const known = numbers.filter((parts) => parts !== undefined && parts.some((part) => part > 0));
  if (known.some((parts) => parts?.[0] !== RECOMMENDED[0])) {
    return wrong(`${named}; only version 6 is supported`, upgrade);
  }
  if (known.length < versions.length)
    return warning(`${named}: cannot tell whether it is supported`);
  if (known.some((parts) => isOlder(parts ?? []))) {
    return warning(
      `${named}: before ${RECOMMENDED.join(".")} a client can exhaust its memory`,
      upgrade,
    );
  }
  return ok(named);
}

function isOlder(parts: readonly number[]): boolean {
  const index = RECOMMENDED.findIndex((part, position) => part !== parts[position]);
  return index >= 0 && (parts[index] ?? 0) < (RECOMMENDED[index] ?? 0);
}

/** The Date header is exact to a second, and the response takes time. */
const TOLERATED_MS = 5000;

/** A larger skew makes short-lived tokens useless. */
const WRONG_MS = 60_000;

/** Tokens are signed by one clock and expire by Centrifugo's. */
export async function clock(session: Session): Promise<Finding> {
  const skews = [
    { name: "Centrifugo", aheadMs: (await session.info()).clockAheadMs },
    { name: "the gateway", aheadMs: await gatewayAhead(session) },
  ].filter((skew): skew is Skew => skew.aheadMs !== undefined);
  const [largest] = skews.toSorted((a, b) => Math.abs(b.aheadMs) - Math.abs(a.aheadMs));
  if (largest === undefined) return warning("no server reports its time");
  if (Math.abs(largest.aheadMs) <= TOLERATED_MS) {
    return ok(
      `${skews.map(({ name }) => name).join(" and ")} agree with the clock of this machine`,
    );
  }
  const find = Math.abs(largest.aheadMs) > WRONG_MS ? wrong : warning;
  return find(
    `${describe(largest)}: tokens expire too early or too late`,
    command("timedatectl set-ntp true"),
  );
}

interface Skew {
  name: string;
  aheadMs: number;
}

async function gatewayAhead(session: Session): Promise<number | undefined> {
  // The gateway check reports whether the gateway can be reached.
  return await session.health().then(
    ({ clockAheadMs }) => clockAheadMs,
    () => undefined,
  );
}

function describe({ name, aheadMs }: Skew): string {
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return `the clock of ${name} is ${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} the clock of this machine`;
}
