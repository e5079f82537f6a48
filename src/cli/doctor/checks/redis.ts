import { ArgumentError } from "../../../protocol/index.js";
import { checkRedis, StoreError } from "../../../gateway/index.js";
import { command } from "../fixes.js";
import { type Finding, ok, warning, wrong } from "../finding.js";
import type { Session } from "../session.js";

/** The Redis that gateways share calls through. */
export async function redis({ redisUrl }: Session): Promise<Finding> {
  if (redisUrl === undefined) return ok("none is configured: a single gateway needs none");
  try {
    const { evictionPolicy } = await checkRedis({ url: redisUrl });
    if (evictionPolicy === undefined) return ok("it can be used, and it keeps its keys");
    return warning(
      `Redis removes keys when its memory is full (${evictionPolicy}): calls that are sent again after a lost connection end with 409 unless their method is idempotent`,
      command("redis-cli config set maxmemory-policy noeviction"),
    );
  } catch (error) {
    if (!(error instanceof StoreError || error instanceof ArgumentError)) throw error;
    return wrong(error.message, { where: "environment", line: "REDIS_URL=redis://localhost:6379" });
  }
}
