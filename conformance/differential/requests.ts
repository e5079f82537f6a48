import { damage, oddValue, writeObject, type Members } from "./json-text.js";
import type { Random } from "./random.js";
import { subscriptionClaims, writeToken } from "./tokens.js";

/** The user of every case. */
export const USER = "42";

/** A channel of each kind. No two cases share one. */
export function channelsOf(index: number): string[] {
  return [
    ...["plain", "history", "presence", "object", "proxied", "closed", "pattern"].map(
      (namespace) => `${namespace}:${index}`,
    ),
    `case${index}#${USER}`,
    `case${index}#43`,
    `case${index}#43,${USER}`,
    `$private${index}`,
    `none:${index}`,
    `history:é${index}`,
    `pattern:${index % 1000}é`,
    `plain:${"x".repeat(250)}${index}`,
    `${index}`,
    "",
  ];
}

const quote = JSON.stringify;

/**
 * One or two commands, with odd changes. A command that may close the connection is the last: how
 * many commands Centrifugo runs after it depends on its threads.
 */
export function writeCommands(random: Random, id: number, channels: readonly string[]): string[] {
  const [first, second] = [random.pick(COMMANDS), random.pick(COMMANDS)];
  const write = (name: string, at: number) => writeCommand(random, name, at, channels);
  return MAY_CLOSE.has(first) ? [write(first, id)] : [write(first, id), write(second, id + 1)];
}

const MAY_CLOSE = new Set(["rpc", "sub_refresh", "subscribe"]);

function writeCommand(
  random: Random,
  name: string,
  id: number,
  channels: readonly string[],
): string {
  const channel = random.pick(channels);
  const request = writeObject(random, membersOf(random, name, channel), 4);
  const members: Members = [
    ["id", String(id)],
    [name, request],
  ];
  if (random.oneIn(12)) members.push([random.pick([...COMMANDS, "ping", "send"]), "{}"]);
  const text = writeObject(random, members, 10);
  return random.oneIn(15) ? damage(random, text) : text;
}

/** Commands in a frame, mostly each on a line. */
export function writeFrame(random: Random, commands: readonly string[]): string {
  if (commands.length === 1) return commands[0]!;
  const frame = commands.join(
    random.oneIn(10) ? random.pick(["", " ", "\r\n", "\n\n", ","]) : "\n",
  );
  return random.oneIn(10)
    ? frame + random.pick(["\n", "\r\n", " ", "\n\n", "garbage", "{}"])
    : frame;
}

const COMMANDS = [
  "subscribe",
  "subscribe",
  "subscribe",
  "unsubscribe",
  "publish",
  "publish",
  "presence",
  "presence_stats",
  "history",
  "history",
  "rpc",
  "rpc",
  "sub_refresh",
];

function membersOf(random: Random, command: string, channel: string): Members {
  const named: Members = [["channel", quote(channel)]];
  switch (command) {
    case "subscribe":
      return [...named, ...subscribeOptions(random, channel)];
    case "publish":
      return [...named, ["data", random.pick(DATA)], ...random.some(mapOptions, 12)];
    case "history":
      return [...named, ...historyOptions(random)];
    case "rpc":
      return [
        ["method", quote(random.pick(METHODS))],
        ["data", random.pick(DATA)],
      ];
    case "sub_refresh":
      return [...named, ["token", quote(subscriptionToken(random, channel))]];
    default:
      return named;
  }
}

const DATA = [
  "{}",
  '{"a":1}',
  ' {"a" : 1.50} ',
  "1",
  "null",
  '"x"',
  '""',
  "[1,2]",
  "true",
  '"é\\n"',
];
const METHODS = ["echo", "none", "fail", "fail-soon", "leave", "ns:echo", "", "é", "a.b"];
const mapOptions: Members = [
  ["type", "1"],
  ["type", "2"],
  ["key", '"k"'],
  ["removed", "true"],
];

function subscribeOptions(random: Random, channel: string): Members {
  const some: Members = [
    ["recover", random.pick(["true", "false"])],
    ["epoch", random.pick(['""', '"x"', "null"])],
    ["offset", random.pick(["0", "1", "2", "5", "18446744073709551615"])],
    ["positioned", "true"],
    ["recoverable", "true"],
    ["join_leave", "true"],
    ["delta", random.pick(['"fossil"', '"x"', '""'])],
    ["tf", random.pick(["null", "{}", '{"key":"a","cmp":"eq","val":"b"}', '{"nodes":[{"op":1}]}'])],
    ["flag", random.pick(["1", "2", "3"])],
    ["type", random.pick(["0", "0", "1", "4", "5", "-1"])],
    ["data", random.pick(DATA)],
    ["limit", "1"],
    ["phase", "1"],
  ];
  const token: Members = random.oneIn(3)
    ? [["token", quote(subscriptionToken(random, channel))]]
    : [];
  return [...token, ...random.some(some, 5)];
}

function subscriptionToken(random: Random, channel: string): string {
  return writeToken(random, subscriptionClaims(random, USER, channel));
}

function historyOptions(random: Random): Members {
  const since = writeObject(
    random,
    random.some([
      ["offset", random.pick(["0", "1", "2", "3", "4", "100"])],
      ["epoch", random.pick(['""', '"x"'])],
    ]),
    8,
  );
  return random.some([
    ["limit", random.pick(["0", "1", "2", "-1", "-5", "500", "2147483647"])],
    ["since", random.pick([since, since, "null"])],
    ["reverse", random.pick(["true", "false"])],
  ]);
}

const API_METHODS = [
  "publish",
  "publish",
  "publish",
  "broadcast",
  "history",
  "history",
  "presence",
  "unsubscribe",
  "disconnect",
  "info",
];

/** One request of the server API. */
export function writeApiRequest(
  random: Random,
  channels: readonly string[],
): { method: string; body: string } {
  const method = random.pick(API_METHODS);
  const body = writeObject(random, apiMembers(random, method, random.pick(channels)), 4);
  return { method, body: random.oneIn(20) ? damage(random, body) : body };
}

function apiMembers(random: Random, method: string, channel: string): Members {
  const named: Members = [["channel", quote(channel)]];
  const publication: Members = [
    ["data", random.pick(DATA)],
    ...random.some<Members[number]>(
      [
        ["b64data", random.pick(['"eyJhIjoxfQ=="', '"eyJhIjoxfQ"', '"!"', '""'])],
        ["skip_history", "true"],
        ["tags", random.pick(['{"a":"b"}', '{"a":1}', "{}", "null", '{"a":null}'])],
        ["idempotency_key", random.pick(['"k"', '""'])],
        ["version", random.pick(["0", "1", "2", "3"])],
        ["version_epoch", random.pick(['""', '"a"', '"b"'])],
        ["delta", "false"],
      ],
      4,
    ),
  ];
  const target: Members = [
    ["user", quote(random.pick([USER, "nobody", ""]))],
    ...random.some<Members[number]>(
      [
        ["client", '"other"'],
        ["session", random.pick(['"s"', '""'])],
        ["whitelist", random.pick(['["a"]', "[]"])],
      ],
      4,
    ),
  ];
  switch (method) {
    case "publish":
      return [...named, ...publication];
    case "broadcast":
      return [["channels", random.pick([`[${quote(channel)},"history:b"]`, "[]"])], ...publication];
    case "history":
      return [...named, ...historyOptions(random)];
    case "unsubscribe":
      return [...named, ...target];
    case "disconnect":
      return [...target, ...random.some<Members[number]>([["disconnect", random.pick(ENDS)]], 2)];
    case "info":
      return random.oneIn(2) ? [] : [["x", oddValue(random)]];
    default:
      return named;
  }
}

const ENDS = [
  '{"code":4000,"reason":"bye"}',
  '{"code":3500}',
  "{}",
  "null",
  '{"code":4000}',
  '{"code":"4000"}',
  '{"code":-1}',
  '{"code":4000.0}',
  '{"reason":1}',
];
