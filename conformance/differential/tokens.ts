import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { oddValue, writeObject, type Members } from "./json-text.js";
import type { Random } from "./random.js";

const PEM = { type: "spki", format: "pem" } as const;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ecdsa = generateKeyPairSync("ec", { namedCurve: "P-256" });

const SECRET = "differential-secret";
const PREVIOUS_SECRET = "previous-secret";

/** `client.token` with all kinds of keys. */
export const tokenKeys = {
  hmac_secret_key: SECRET,
  hmac_previous_secret_key: PREVIOUS_SECRET,
  rsa_public_key: rsa.publicKey.export(PEM).toString(),
  ecdsa_public_key: ecdsa.publicKey.export(PEM).toString(),
};

/** Signs with the algorithm of the header. The signature of an unknown algorithm is empty. */
function signatureOf(algorithm: string, signed: string, secret: string): Buffer {
  const hash = `sha${algorithm.slice(2)}`;
  if (/^HS(256|384|512)$/.test(algorithm)) return createHmac(hash, secret).update(signed).digest();
  if (/^RS(256|384|512)$/.test(algorithm)) return sign(hash, Buffer.from(signed), rsa.privateKey);
  if (algorithm === "ES256") {
    const key = { key: ecdsa.privateKey, dsaEncoding: "ieee-p1363" } as const;
    return sign(hash, Buffer.from(signed), key);
  }
  return Buffer.alloc(0);
}

const ALGORITHMS = ["HS256", "HS384", "HS512", "RS256", "RS512", "ES256", "none", "hs256", "PS256"];

/** A token with these claims: mostly valid, sometimes odd. */
export function writeToken(random: Random, claims: Members): string {
  const algorithm = random.oneIn(3) ? random.pick(ALGORITHMS) : "HS256";
  const secret = random.oneIn(8) ? random.pick([PREVIOUS_SECRET, "wrong"]) : SECRET;
  const more: Members = [
    ["typ", '"JWT"'],
    ["cty", '"JWT"'],
    ["kid", '"k"'],
    ["crit", '["exp"]'],
    ["b64", "true"],
  ];
  const header = writeObject(
    random,
    [["alg", JSON.stringify(algorithm)], ...random.some(more, 4)],
    6,
  );
  const signed = `${encode(random, header)}.${encode(random, writeObject(random, claims, 4))}`;
  const signature = signatureOf(algorithm, signed, secret).toString("base64url");
  return random.oneIn(8) ? oddParts(random, signed, signature) : `${signed}.${signature}`;
}

function encode(random: Random, text: string): string {
  const base64url = Buffer.from(text).toString("base64url");
  if (!random.oneIn(20)) return base64url;
  return random.pick([
    Buffer.from(text).toString("base64"),
    `${base64url}=`,
    `${base64url.slice(0, 8)}\n${base64url.slice(8)}`,
    Buffer.from(` ${text}`).toString("base64url"),
    Buffer.from(`${text} `).toString("base64url"),
    Buffer.from(`${text}{}`).toString("base64url"),
    Buffer.from(`\ufeff${text}`).toString("base64url"),
  ]);
}

function oddParts(random: Random, signed: string, signature: string): string {
  return random.pick([
    `${signed}.${signature}=`,
    `${signed}.${signature}==`,
    `${signed}.${signature}\n`,
    `${signed}.${signature.slice(0, -1)}`,
    `${signed}.${signature.slice(0, -1)}${random.pick(["A", "B", "g", "_"])}`,
    `${signed}.${signature.replaceAll("-", "+").replaceAll("_", "/")}`,
    `${signed}.${signature}.`,
    `${signed}..${signature}`,
    `${signed}.`,
    signed,
    ` ${signed}.${signature}`,
    `${signed}.${signature} `,
  ]);
}

const NOW = Math.floor(Date.now() / 1000);
const LATER = [NOW + 1000, NOW + 100_000].map(String);
const DATES = [
  ...LATER,
  ...LATER,
  `"${NOW + 1000}"`,
  `${NOW + 1000}.5`,
  `${NOW / 1e9 + 1}e9`,
  `"${NOW}e1"`,
  `${NOW - 1000}`,
  "0",
  "-5",
  "1e10",
  "1e18",
  "1e19",
  "1e300",
  "-1e300",
  "1e400",
  '""',
  '"x"',
  '" 1"',
  '"01"',
  '"Infinity"',
  '"0x10"',
  "null",
  "true",
  "[]",
  "253402300800",
];
const base64 = (text: string) => JSON.stringify(Buffer.from(text).toString("base64"));
const BASE64 = [
  base64('{"a":1}'),
  base64('{"ab":1}'),
  base64("1"),
  '"AA"',
  '"===="',
  '"-_"',
  '"eyJh\\nIjoxfQ=="',
  "null",
  "1",
  '""',
];
const OVERRIDES = [
  '{"presence":{"value":true}}',
  '{"presence":{"value":false},"join_leave":null}',
  "{}",
  '{"force_recovery":{"value":true}}',
  '{"force_recovery":{}}',
  '{"presence":true}',
  "null",
  '{"force_push_join_leave":{"value":1}}',
  '{"Presence":{"Value":true}}',
  "[]",
];

/** Claims of a connection token. */
export function connectionClaims(random: Random, user: string, channel: string): Members {
  const sub = (): string =>
    writeObject(
      random,
      random.some([
        ["info", random.pick(['{"i":1}', "1", "null"])],
        ["b64info", random.pick(BASE64)],
        ["data", '{"d":1}'],
        ["b64data", random.pick(BASE64)],
        ["override", random.pick(OVERRIDES)],
      ]),
      6,
    );
  const some: Members = [
    ...commonClaims(random),
    [
      "channels",
      random.pick([`["${channel}"]`, `["${channel}","${channel}"]`, "[]", '["none:x"]']),
    ],
    ["subs", `{${random.pick([`"${channel}"`, '"none:x"', '"$private"'])}:${sub()}}`],
    ["meta", random.pick(['{"m":1}', "null", "1", "[]", '""'])],
    ["channel", random.pick(['""', `"${channel}"`, "null"])],
  ];
  return [["sub", JSON.stringify(user)], ...random.some(some, 4)];
}

/** Claims of a subscription token. */
export function subscriptionClaims(random: Random, user: string, channel: string): Members {
  const some: Members = [
    ...commonClaims(random),
    ["data", '{"d":1}'],
    ["b64data", random.pick(BASE64)],
    ["override", random.pick(OVERRIDES)],
    ["client", random.pick(['""', '"other"', "null"])],
    ["channels", '["x"]'],
  ];
  return [
    ["sub", JSON.stringify(random.oneIn(12) ? "other" : user)],
    ["channel", JSON.stringify(random.oneIn(12) ? "other" : channel)],
    ...random.some(some, 4),
  ];
}

function commonClaims(random: Random): Members {
  return [
    ["exp", random.pick(DATES)],
    ["nbf", random.pick(["0", "1", '"1"', `${NOW - 5}`, `${NOW + 1000}`, "-1e300", "null", '"x"'])],
    ["iat", random.pick(["0", '"1"', `${NOW + 1000}`, '"x"', "null"])],
    ["expire_at", random.pick([...LATER, "0", "-1", "1", "null", "1.0", "1e12", `"${NOW}"`])],
    ["jti", random.pick(['"id"', "1", "null", "{}"])],
    [
      "aud",
      random.pick(['"here"', '["here"]', '["there","here"]', '"there"', "null", "[1]", "[]"]),
    ],
    ["iss", random.pick(['"issuer"', '"other"', "null", "1", '["issuer"]'])],
    ["info", random.pick(['{"name":"n"}', "null", "1", '"x"', oddValue(random)])],
    ["b64info", random.pick(BASE64)],
  ];
}
