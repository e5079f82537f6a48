import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBroker, type BrokerConfig } from "../../src/broker/index.js";
import { startCentrifugoServer } from "../../src/broker/testing/centrifugo.js";
import { findCentrifugo } from "../../testing/toolchains.js";
import { writeObject } from "./json-text.js";
import { Random } from "./random.js";
import { channelsOf, USER, writeApiRequest, writeCommands, writeFrame } from "./requests.js";
import {
  API_KEY,
  backend,
  runCase,
  shakeHands,
  type Outcome,
  type Side,
  type Step,
} from "./side.js";
import { connectionClaims, subscriptionClaims, tokenKeys, writeToken } from "./tokens.js";

/** Change both to search for more differences: see ../README.md. */
const SEED = Number(process.env["DIFFERENTIAL_SEED"] ?? 1);
const CASES = Number(process.env["DIFFERENTIAL_CASES"] ?? 80);

const history = { history_size: 3, history_ttl: "60s" };
const open = {
  allow_subscribe_for_client: true,
  allow_publish_for_client: true,
  allow_presence_for_subscriber: true,
};
const channel = {
  without_namespace: { ...open, allow_user_limited_channels: true, ...history },
  namespaces: [
    { name: "plain", ...open, allow_publish_for_client: false, allow_publish_for_subscriber: true },
    { name: "history", ...open, ...history, force_recovery: true, allow_history_for_client: true },
    { name: "presence", ...open, presence: true, join_leave: true, force_push_join_leave: true },
    {
      name: "object",
      ...open,
      publication_data_format: "json_object",
      allow_positioning: true,
      ...history,
    },
    { name: "proxied", ...open, ...history, publish_proxy_enabled: true, allow_recovery: true },
    { name: "pattern", ...open, channel_regex: "^[0-9]{1,5}(é|$)" },
    { name: "closed", presence: true, join_leave: true, ...history },
  ],
} satisfies BrokerConfig["channel"];
const shared = {
  http_api: { key: API_KEY },
  rpc: { without_namespace: { proxy_enabled: true }, proxy: { include_connection_meta: true } },
  channel,
} satisfies BrokerConfig;

const CONFIGS: [string, BrokerConfig][] = [
  [
    "an open configuration",
    { ...shared, client: { token: tokenKeys, allow_anonymous_connect_without_token: true } },
  ],
  [
    "a strict configuration",
    {
      ...shared,
      client: {
        token: { ...tokenKeys, audience: "here", issuer: "issuer" },
        subscription_token: { enabled: true, ...tokenKeys },
        disallow_anonymous_connection_tokens: true,
        allowed_origins: ["https://*.example.com"],
        channel_limit: 2,
      },
    },
  ],
];

const centrifugo = findCentrifugo();

describe.skipIf(centrifugo === undefined).each(CONFIGS)("under %s", (_, config) => {
  let sides: { embedded: Side; real: Side };
  const running: AsyncDisposable[] = [];
  beforeAll(async () => {
    const embedded = await startBroker({ config, backend, port: 0 });
    const real = await startCentrifugoServer(centrifugo!, config, backend);
    running.push(embedded, real);
    sides = { embedded, real };
  });
  afterAll(async () => {
    for (const side of running) await side[Symbol.asyncDispose]();
  });

  /** Claims that the configuration accepts. */
  const accepted = { audience: ["aud", '"here"'], issuer: ["iss", '"issuer"'] } as const;
  const valid = (random: Random, claims: [string, string][]): [string, string][] => {
    const names = claims.map(([name]) => name);
    const more = Object.values(accepted).filter(([name]) => !names.includes(name));
    return random.oneIn(10)
      ? claims
      : [...claims, ...more.map(([a, b]): [string, string] => [a, b])];
  };
  const connect = (random: Random, claims: [string, string][] = [["sub", `"${USER}"`]]) =>
    `{"id":1,"connect":{"token":${JSON.stringify(writeToken(random, valid(random, claims)))}}}`;
  const soundConnect = (): string => {
    const never = new Random(0);
    never.oneIn = () => false;
    return connect(never);
  };

  /** The cases whose outcomes differ. */
  async function differences(kind: number, write: (random: Random, index: number) => Step[]) {
    const found: string[] = [];
    for (let index = 0; index < CASES; index++) {
      const steps = write(
        new Random((SEED * 10 + kind) * 1_000_003 + index),
        index + kind * 100_000,
      );
      const [embedded, real] = await Promise.all([
        runCase(sides.embedded, steps),
        runCase(sides.real, steps),
      ]);
      if (JSON.stringify(sorted(embedded)) !== JSON.stringify(sorted(real))) {
        found.push(report(index, steps, embedded, real));
      }
    }
    return found;
  }

  it("accepts the same connection tokens", async () => {
    const found = await differences(1, (random, index) => [
      {
        frame: connect(
          random,
          connectionClaims(random, random.pick([USER, USER, ""]), `history:${index}`),
        ),
      },
      { frame: '{"id":2,"rpc":{"method":"echo"}}' },
      { method: "publish", body: `{"channel":"history:${index}","data":{"n":1}}` },
    ]);
    expect(found.join("\n")).toBe("");
  });

  it("accepts the same tokens when they are refreshed", async () => {
    const found = await differences(2, (random, index) => {
      const claims = connectionClaims(random, USER, `history:${index}`);
      const token = JSON.stringify(writeToken(random, valid(random, claims)));
      return [
        { frame: soundConnect() },
        { frame: `{"id":2,"refresh":${writeObject(random, [["token", token]], 10)}}` },
        { frame: '{"id":3,"rpc":{"method":"echo"}}' },
      ];
    });
    expect(found.join("\n")).toBe("");
  });

  it("accepts the same subscription tokens", async () => {
    const found = await differences(3, (random, index) => {
      const name = random.pick([`closed:${index}`, `$private${index}`, `history:${index}`]);
      const token = () =>
        JSON.stringify(writeToken(random, subscriptionClaims(random, USER, name)));
      return [
        { frame: soundConnect() },
        { frame: `{"id":2,"subscribe":{"channel":"${name}","token":${token()}}}` },
        { frame: `{"id":3,"presence":{"channel":"${name}"}}` },
        { method: "publish", body: `{"channel":"${name}","data":{"n":1}}` },
        { frame: `{"id":4,"sub_refresh":{"channel":"${name}","token":${token()}}}` },
      ];
    });
    expect(found.join("\n")).toBe("");
  });

  it("answers the same to connection requests", async () => {
    const found = await differences(4, (random, index) => {
      const token = JSON.stringify(writeToken(random, valid(random, [["sub", `"${USER}"`]])));
      const subs = `{${random.pick(channelsOf(index)).replace(/.*/, (name) => JSON.stringify(name))}:${random.pick(["{}", '{"recover":true}', "[]", '{"offset":1.0}', '{"recover":true,"epoch":"x"}'])}}`;
      const members = random.some<[string, string]>(
        [
          ["data", '{"a":1}'],
          ["subs", subs],
          ["name", '"js"'],
          ["version", '"1"'],
          ["headers", random.pick(['{"a":"b"}', '{"a":1}', "null"])],
          ["flag", random.pick(["0", "1", '"1"'])],
          ["profile", '"p"'],
          ["dict", '"d"'],
        ],
        3,
      );
      const request = writeObject(
        random,
        random.oneIn(6) ? members : [["token", token], ...members],
        3,
      );
      const command = writeObject(
        random,
        [
          ["id", "1"],
          ["connect", request],
        ],
        8,
      );
      return [
        { frame: command + (random.oneIn(6) ? random.pick(["\n", "{}", " ", "\n\n", "x"]) : "") },
        { frame: '{"id":2,"rpc":{"method":"echo"}}' },
      ];
    });
    expect(found.join("\n")).toBe("");
  });

  it("answers the same to frames of commands", async () => {
    const found = await differences(5, (random, index) => {
      const channels = channelsOf(index);
      const few = [random.pick(channels), random.pick(channels)];
      const steps: Step[] = [{ frame: soundConnect() }];
      for (let id = 2; id < 8; id += 2) {
        steps.push({ frame: writeFrame(random, writeCommands(random, id, few)) });
      }
      return steps;
    });
    expect(found.join("\n")).toBe("");
  });

  it("answers the same to requests of the server API", async () => {
    const found = await differences(6, (random, index) => {
      const channels = channelsOf(index);
      const few = [random.pick(channels), random.pick(channels)];
      const steps: Step[] = [{ frame: soundConnect() }];
      for (const [at, name] of few.entries()) {
        steps.push({
          frame: `{"id":${at + 2},"subscribe":{"channel":${JSON.stringify(name || "x")}}}`,
        });
      }
      for (let request = 0; request < 5; request++) steps.push(writeApiRequest(random, few));
      return steps;
    });
    expect(found.join("\n")).toBe("");
  });

  it("answers the same to handshakes", async () => {
    const found: string[] = [];
    for (let index = 0; index < CASES; index++) {
      const headers = writeHandshake(new Random((SEED * 10 + 7) * 1_000_003 + index));
      const [embedded, real] = await Promise.all([
        shakeHands(sides.embedded, headers),
        shakeHands(sides.real, headers),
      ]);
      if (embedded !== real) found.push(JSON.stringify({ headers, embedded, real }));
    }
    expect(found.join("\n")).toBe("");
  });
});

const HEADERS: [string, readonly string[]][] = [
  ["Connection", ["Upgrade", "keep-alive, Upgrade", "upgrade"]],
  ["Upgrade", ["websocket", "WebSocket", "websocket", "h2c", "websocket, x"]],
  ["Sec-WebSocket-Version", ["13", "13", "13", "8", "12", "", "13, 8", "013", "x"]],
  [
    "Sec-WebSocket-Key",
    ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZQ==", "x", ""],
  ],
];
const MORE_HEADERS: [string, readonly string[]][] = [
  [
    "Sec-WebSocket-Protocol",
    [
      "",
      ",",
      "centrifuge-json",
      "x",
      "x, centrifuge-json",
      "centrifuge-json,centrifuge-json",

      "Centrifuge-JSON",
      "centrifuge-json;q=1",
      " centrifuge-json ,",
      "a b",
      "centrifuge-json x",
    ],
  ],
  ["Origin", ["https://a.example.com", "https://example.com", "null", "", "https://A.EXAMPLE.com"]],
  ["Sec-WebSocket-Extensions", ["permessage-deflate", "x", "", "permessage-deflate; x", ";;"]],
];

function writeHandshake(random: Random): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values] of HEADERS) {
    headers[name] = random.oneIn(4) ? random.pick(values) : values[0]!;
  }
  for (const [name, values] of MORE_HEADERS) {
    if (random.oneIn(2)) headers[name] = random.pick(values);
  }
  return headers;
}

/** Describes where two outcomes differ. */
function report(index: number, steps: readonly Step[], embedded: Outcome, real: Outcome): string {
  const lines = steps.flatMap((step, at) => {
    const [left, right] = [embedded, real].map(({ steps: all }) => JSON.stringify(sorted(all[at])));
    return left === right
      ? [`  ${readable(step)}`]
      : [`  ${readable(step)}`, `    embedded: ${left}`, `    Centrifugo: ${right}`];
  });
  return [`case ${index}`, ...lines, `  closed: ${embedded.closed} | ${real.closed}`].join("\n");
}

/** A step with the claims of its tokens. */
function readable(step: Step): string {
  const text = JSON.stringify(step);
  const tokens = [...text.matchAll(/eyJ[\w-]*\.([\w-]*)\./g)];
  const claims = tokens.map(([, part]) => Buffer.from(part!, "base64url").toString());
  return [text, ...claims].join("\n  claims: ");
}

/** A copy with the members of its objects sorted. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}
