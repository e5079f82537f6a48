import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { MAX_TIMEOUT_MS, uuidv7 } from "../../protocol/index.js";
import { silentLogger } from "../../handlers/index.js";
import { connectRedis, readServer, type RedisOptions } from "../stores/redis-connection.js";
import { answerInTime } from "../stores/store-answer.js";
import {
  type CallClaim,
  type CallStore,
  type ClaimOutcome,
  type EndOutcome,
  ENDED,
  unknownMayHaveRun,
} from "./call-store.js";

/** A gateway that has not renewed its lease for this long counts as gone. */
const LEASE_MS = 4000;
const RENEWAL_MS = 1000;

/** A longer reply is not kept: its call ends with `outcome_unknown` if it is sent again. */
const LONGEST_REPLY = 256 * 1024;

const EVICTING =
  "Redis may evict keys, so calls whose connection was lost end with 409 unless they are idempotent: " +
  "set maxmemory-policy to noeviction";

/**
 * The epoch is lost with the data, and a server that has not seen every write (a restarted one, or a
 * replica that took over) makes a new one.
 */
const EPOCH = `
local epoch = redis.call('GET', KEYS[1])
if epoch and string.sub(epoch, 1, #ARGV[1]) == ARGV[1] then return epoch end
epoch = ARGV[1] .. ARGV[2]
redis.call('SET', KEYS[1], epoch)
return epoch`;

/**
 * A call that its own gateway claims again has not run: the answer to the first claim was lost. A
 * claim renews the lease: after a loss of the network it may arrive before the next renewal.
 */
const CLAIM = `
local key, epoch_key = KEYS[1], KEYS[2]
local epoch, gateway, token, fingerprint, ttl, unknown, idempotent, lease, lease_ms, id = unpack(ARGV)
local may_have_run = false
if redis.call('GET', epoch_key) ~= epoch then return {'epoch'} end
local call = redis.call('HMGET', key, 'gateway', 'fingerprint', 'state', 'reply')
if call[1] then
  if call[2] ~= fingerprint then return {'mismatch'} end
  if call[3] ~= 'running' then return {call[3], call[4]} end
  if call[1] ~= gateway then
    if redis.call('EXISTS', lease .. call[1]) == 1 then
      local awaited = redis.call('HGET', key, 'awaited')
      redis.call('HSET', key, 'awaited', awaited and awaited .. ' ' .. id or id)
      return {'running'}
    end
    if idempotent ~= '1' then
      redis.call('HSET', key, 'state', 'lost')
      return {'lost'}
    end
    may_have_run = true
  end
elseif unknown == 'may_have_run' then
  if idempotent ~= '1' then return {'lost'} end
  may_have_run = true
end
redis.call('HSET', key, 'gateway', gateway, 'token', token, 'fingerprint', fingerprint, 'state', 'running')
redis.call('PEXPIRE', key, ttl)
redis.call('SET', lease .. gateway, '1', 'PX', lease_ms)
return {'claimed', may_have_run and '1' or ''}`;

const END = `
local key = KEYS[1]
local token, fingerprint, ttl, state, reply = unpack(ARGV)
local call = redis.call('HMGET', key, 'token', 'state', 'awaited')
if call[1] and (call[1] ~= token or call[2] ~= 'running') then return false end
if state == 'unknown' then
  redis.call('DEL', key)
else
  redis.call('HSET', key, 'token', token, 'gateway', '', 'fingerprint', fingerprint, 'state', state)
  if reply then redis.call('HSET', key, 'reply', reply) end
  redis.call('PEXPIRE', key, ttl)
end
return call[3] or ''`;

const ARE_RUNNING = `
local running = {}
for at, key in ipairs(KEYS) do
  local call = redis.call('HMGET', key, 'gateway', 'state')
  local is_running = call[2] == 'running' and redis.call('EXISTS', ARGV[1] .. call[1]) == 1
  running[at] = is_running and 1 or 0
end
return running`;

/**
 * The calls that several gateways share, in Redis 6.2 or newer, which can be Centrifugo's. The package
 * `@redis/client` must be installed.
 *
 * Each call is a key; cancellations go through Pub/Sub. The store reconnects by itself. A gateway
 * holds a lease; when it ends, other gateways decide about its calls. docs/reliability.md describes
 * what happens while Redis is away.
 *
 * @throws ArgumentError for an invalid Redis URL.
 * @throws StoreError when Redis cannot be reached or used, or the package is missing.
 */
export async function connectRedisCallStore(options: RedisOptions): Promise<CallStore> {
  const redis = await connectRedis(options, "cancel", (commands, prefix) =>
    commands.getDel(`${prefix}probe`),
  );
  const { commands, prefix } = redis;
  const gateway = uuidv7();
  const callKey = (key: string): string => `${prefix}call:${key}`;
  const epochKey = `${prefix}epoch`;
  const leasePrefix = `${prefix}gateway:`;
  const log = options.log ?? silentLogger;
  let claims = 0;
  /** Whether Redis keeps every key: its policy does not evict any. */
  let reliable = true;
  let closed = false;

  let epoch: string | undefined;
  async function readEpoch(): Promise<string> {
    const { runId, evictionPolicy } = await readServer(commands);
    if (reliable && evictionPolicy !== undefined) log.warn({ policy: evictionPolicy }, EVICTING);
    reliable = evictionPolicy === undefined;
    const server = runId ?? uuidv7();
    return (epoch = String(await run(EPOCH, [epochKey], [`${server}:`, uuidv7()])));
  }
  async function run(script: string, keys: string[], args: string[]): Promise<unknown> {
    const options = { keys, arguments: args };
    try {
      return await commands.evalSha(sha1(script), options);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error.message.startsWith("READONLY")) void reconnect();
      if (!error.message.startsWith("NOSCRIPT")) throw error;
      return await commands.eval(script, options);
    }
  }
  /** After a failover, this server is a replica, and the same address leads to the new one. */
  async function reconnect(): Promise<void> {
    if (!commands.isReady) return;
    commands.destroy();
    epoch = undefined;
    await commands.connect().catch(() => undefined);
  }
  async function renewLease(): Promise<void> {
    await commands.set(`${leasePrefix}${gateway}`, "1", {
      expiration: { type: "PX", value: LEASE_MS },
    });
  }
  // Another server may answer after a reconnect.
  commands.on("reconnecting", () => (epoch = undefined));
  await Promise.all([readEpoch(), renewLease()]);
  const renewal = setInterval(() => void renewLease().catch(() => undefined), RENEWAL_MS);

  async function claim(call: CallClaim, token: string): Promise<ClaimOutcome> {
    const current = epoch ?? (await readEpoch());
    const answer = (await run(
      CLAIM,
      [callKey(call.key), epochKey],
      [
        current,
        gateway,
        token,
        call.fingerprint,
        String(Math.ceil(call.keepMs)),
        unknownMayHaveRun(call, reliable ? current : undefined) ? "may_have_run" : "",
        call.idempotent ? "1" : "0",
        leasePrefix,
        String(LEASE_MS),
        call.correlationId,
      ],
    )) as [state: string, reply?: string | null];
    switch (answer[0]) {
      case "claimed":
        return { state: "claimed", token, ...(answer[1] === "1" && { mayHaveRun: true }) };
      case "ended":
        return { state: "ended", reply: answer[1] ?? undefined };
      case "running":
      case "lost":
      case "mismatch":
        return { state: answer[0] };
      default:
        epoch = undefined;
        return await claim(call, token);
    }
  }

  /** Retries until Redis has stored it: callers keep waiting for a call that stays `running`. */
  async function end(
    { key, fingerprint, keepMs }: CallClaim,
    token: string,
    state: "ended" | "unknown",
    reply: string | undefined,
  ): Promise<EndOutcome> {
    const kept = reply === undefined || reply.length > LONGEST_REPLY ? [] : [reply];
    const args = [token, fingerprint, String(Math.ceil(keepMs)), state, ...kept];
    const giveUpAt = Date.now() + Math.min(keepMs, MAX_TIMEOUT_MS);
    for (;;) {
      try {
        const awaited = (await run(END, [callKey(key)], args)) as string | null;
        if (awaited === null) return { takenOver: true, awaited: [] };
        return awaited === "" ? ENDED : { takenOver: false, awaited: awaited.split(" ") };
      } catch (error) {
        if (closed || Date.now() > giveUpAt) throw error;
        await setTimeout(RENEWAL_MS, undefined, { ref: false });
      }
    }
  }

  return {
    // Without a known epoch no client may rely on one.
    epoch: () => (reliable && epoch) || uuidv7(),
    claim: (call) => claim(call, `${gateway} ${++claims}`),
    end: (call, token, reply) => end(call, token, "ended", reply),
    forget: (call, token) => end(call, token, "unknown", undefined),
    async areRunning(keys) {
      const running = await run(ARE_RUNNING, keys.map(callKey), [leasePrefix]);
      return (running as number[]).map((each) => each === 1);
    },
    async cancel(key) {
      const [state] = await commands
        .multi()
        .hGet(callKey(key), "state")
        .publish(`${prefix}cancel`, key)
        .exec();
      return (state as unknown) === "running";
    },
    onCancel: (listener) => redis.onMessage(listener),
    async close() {
      closed = true;
      clearInterval(renewal);
      await answerInTime(commands.del(`${leasePrefix}${gateway}`)).catch(() => undefined);
      await redis.close();
    },
  };
}

function sha1(script: string): string {
  return createHash("sha1").update(script).digest("hex");
}
