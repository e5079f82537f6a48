// Each threat of docs/security.md has a test that fails when the protection is taken away.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDocument, root, tableBelow } from "./testing/markdown.js";

const SECTIONS = ["Threats from users", "Threats from the network", "Threats from mistakes"];

/** Each threat as in the document, the file of its tests, and their titles. */
const TESTS: [threat: string, file: string, titles: string[]][] = [
  [
    "a different user named in params, envelope or command",
    "conformance/security/identity.test.ts",
    ["comes from the token, whatever is in the params, the envelope and the command"],
  ],
  [
    "a user injected into the proxy request with data that is not JSON",
    "conformance/security/protobuf.test.ts",
    ["writes nothing into the proxy request beside itself"],
  ],
  [
    "user IDs with `#`, `,` or `:`, which would open channels to others",
    "conformance/security/identity.test.ts",
    ["such an ID would open channels to others"],
  ],
  [
    "another user's channel in `reply_to`",
    "conformance/security/identity.test.ts",
    ["have replies only on the caller's own channel"],
  ],
  [
    "another user's correlation ID, to read their reply or to cancel their call",
    "conformance/security/identity.test.ts",
    ["are not answered to a caller that repeats their correlation ID"],
  ],
  [
    "the caller's own correlation ID with another method, to skip its checks",
    "conformance/security/identity.test.ts",
    ["a repeated correlation ID does not return the reply of another method"],
  ],
  [
    "acknowledging another user's publication",
    "conformance/security/identity.test.ts",
    ["an acknowledgement of another user's publication is refused"],
  ],
  [
    "subscribing to another user's channel, or to `rpc.requests`",
    "conformance/security/identity.test.ts",
    ["%s cannot be subscribed to by others"],
  ],
  [
    "publishing, to forge replies or events",
    "conformance/security/identity.test.ts",
    ["%s cannot be published to by a client"],
  ],
  [
    "tokens with `alg: none`, another algorithm, or a public key as HMAC secret",
    "conformance/suite/token-algorithms.test.ts",
    ["none", "NONE", "HS256"],
  ],
  [
    "expired tokens",
    "conformance/suite/tokens.test.ts",
    ["ends with its token if it gets no other, and does not reconnect"],
  ],
  [
    "tokens without a user",
    "conformance/security/identity.test.ts",
    ["such an ID would open channels to others"],
  ],
  [
    "`__proto__` and `constructor` in params, methods and contracts",
    "conformance/security/serve.test.ts",
    ["survives a user's deep, large and hostile calls"],
  ],
  [
    "oversized and deeply nested calls",
    "conformance/security/serve.test.ts",
    ["survives bodies that are too large, too deep or not objects"],
  ],
  [
    "params with very many values or mismatches, to keep the gateway busy",
    "src/handlers/params-limits.test.ts",
    [
      "fail with 20 issues, and the message counts the others",
      "are refused before the library makes an issue of each",
      "are accepted up to 10,000 JSON values, or as many as the method allows",
      "is not tried with many values that match late, unless the method allows more",
    ],
  ],
  [
    "deep values for recursive unions, to keep the gateway busy",
    "src/handlers/params-limits.test.ts",
    [
      "is validated in linear time",
      "may have 8 levels with a Zod that takes exponential time, and its method is named",
    ],
  ],
  [
    "very many calls of one user, to hold handlers and memory",
    "src/gateway/calls/turns.test.ts",
    [
      "wait for their turn beyond the limit, in all forms, and those of others do not",
      "are refused with 429 and a hint when to try again if too many wait",
      "are refused with 429 if the params of those that wait are large",
      "count until their handlers have stopped: cancelling does not make room for more",
    ],
  ],
  [
    "large deferred replies of many calls, to fill Redis",
    "src/gateway/gateway.test.ts",
    ["is published, and the channel's history leaves it out"],
  ],
  [
    "many slow calls on a connection, until Centrifugo reads nothing of it",
    "src/gateway/gateway.test.ts",
    [
      "are answered as pending early if they are slow, the oldest first",
      "in the plain form are refused with 429 beyond 48, which cannot be pending",
    ],
  ],
  [
    "contracts in `$rpc.contract` that are slow to compare",
    "src/gateway/contract-verdicts.test.ts",
    ["judges hostile schemas without failing"],
  ],
  [
    "results and errors too large for a connection",
    "src/gateway/gateway.test.ts",
    ["whose result is larger than a connection takes fail with payload_too_large"],
  ],
  [
    "line breaks, terminal codes and huge names in logs",
    "conformance/security/serve.test.ts",
    ["writes one line of JSON for each event, whatever callers send"],
  ],
  [
    "the same in the output of the `logs` command",
    "src/cli/output/log-rows.test.ts",
    ["escapes control characters of callers"],
  ],
  [
    "huge, deep or broken values in the call log",
    "src/call-log/call-log.test.ts",
    ["accepts anything callers can send: NUL, lone surrogates, long texts, non-JSON values"],
  ],
  [
    "invented method names, to fill the metrics",
    "src/gateway/observability/metrics.test.ts",
    ["have one series for all the names that callers invent"],
  ],
  [
    "information in internal errors",
    "conformance/suite/calls.test.ts",
    ["hides the cause when a handler fails, and continues"],
  ],
  [
    "forged proxy requests",
    "conformance/security/serve.test.ts",
    ["refuses a forged proxy request with %j"],
  ],
  [
    "keys in the query, in cookies, or sent twice",
    "conformance/security/serve.test.ts",
    ["does not accept the API key in the query or in a cookie"],
  ],
  [
    "timing attacks on keys",
    "conformance/security/hardening.test.ts",
    ["are compared in constant time and never with ==="],
  ],
  [
    "a page of another origin that reads or writes (CORS, CSRF)",
    "conformance/security/serve.test.ts",
    ["does not allow pages of other origins to read or write"],
  ],
  [
    "forms that pages can post without a preflight",
    "conformance/security/serve.test.ts",
    ["does not accept forms that a page can post without a preflight request"],
  ],
  ["other HTTP methods", "conformance/security/serve.test.ts", ["takes no %s where POST is"]],
  ["paths with `..`", "conformance/security/serve.test.ts", ["has no route %s"]],
  ["request smuggling", "conformance/security/serve.test.ts", ["refuses ambiguous requests"]],
  [
    "endless bodies and slow requests",
    "conformance/security/hardening.test.ts",
    ["requests have to arrive within a time limit"],
  ],
  [
    "too many concurrent requests",
    "src/gateway/http-api/access.test.ts",
    ["are refused above the number that may run at a time"],
  ],
  [
    "header injection",
    "src/gateway/http-api/access.test.ts",
    ["get no header of their own making, and are not repeated"],
  ],
  [
    "Redis and SQL injection",
    "conformance/security/hardening.test.ts",
    ["the call log queries its database with parameters: text in a query is never SQL"],
  ],
  [
    "forged calls to a service",
    "src/gateway/services/calls.test.ts",
    ["is sent signed, with who calls and how much time is left"],
  ],
  [
    "a hostile handler service: its responses",
    "src/gateway/services/calls.test.ts",
    ["of 2 MiB is too large, and is not read to its end"],
  ],
  [
    "a hostile handler service: its contract",
    "src/gateway/services/hostile-contracts.test.ts",
    ["with %s counts as the service being down"],
  ],
  [
    "a hostile handler service: methods of other services",
    "src/gateway/services/handler-services.test.ts",
    ["later stays where it was, and an error is logged once"],
  ],
  [
    "responses that a service or a proxy mixes up",
    "src/gateway/services/lost-answers.test.ts",
    ["reaches nobody, and its connection is left behind"],
  ],
  [
    "a hostile handler service: the texts that it reports",
    "src/cli/output/service-report.test.ts",
    ["escapes control characters of services"],
  ],
  [
    "headers chosen by callers in calls to services",
    "src/gateway/services/gateway.test.ts",
    ["get no header of a caller's making"],
  ],
  [
    "redirects that send a key to another server",
    "conformance/security/hardening.test.ts",
    ["follows no redirect: its key is for one server"],
  ],
  [
    "missing secrets",
    "conformance/security/configuration.test.ts",
    ["serve does not begin without %s"],
  ],
  [
    "weak secrets, or one secret for two purposes",
    "conformance/security/configuration.test.ts",
    ["cause warnings with their names only if they are short or equal"],
  ],
  [
    "secrets in logs, responses and messages",
    "conformance/security/serve.test.ts",
    ["shows no secret in its output, its answers and its call log"],
  ],
  [
    "the same with `dev`",
    "conformance/security/configuration.test.ts",
    ["dev shows no secret, neither at the most verbose log level"],
  ],
  [
    "passwords in URLs that are logged",
    "conformance/security/configuration.test.ts",
    ["has no password in %s, and repeats none"],
  ],
  [
    "URLs of other schemes (SSRF)",
    "conformance/security/configuration.test.ts",
    ["its scheme is not supported"],
  ],
  [
    "SSRF through the configuration of handler services",
    "src/gateway/services/handler-services.test.ts",
    ["take no service %s"],
  ],
  [
    "line breaks in keys",
    "conformance/security/configuration.test.ts",
    ["refuses a header or white space in $variable: $value"],
  ],
  [
    "`__proto__` in the configuration",
    "conformance/security/configuration.test.ts",
    ["refuses a field named __proto__"],
  ],
  [
    "secrets in params and results",
    "src/call-log/call-log.test.ts",
    ["redacts parts that schemas mark and fields that the options name"],
  ],
  ["contract texts that become code", "testing/topics/topics.ts", ["texts"]],
  [
    "generated files outside of the output folder",
    "conformance/security/hardening.test.ts",
    ["has nothing removed outside of its folder"],
  ],
];

describe("docs/security.md", () => {
  it("has every tested threat, and no other", () => {
    const document = readDocument("docs/security.md");
    const threats = SECTIONS.flatMap((heading) => tableBelow(document, heading));
    expect(threats.length).toBeGreaterThan(40);
    expect(threats.map(([threat]) => threat)).toEqual(
      TESTS.map(([threat]) => threat.replaceAll("`", "")),
    );
  });

  it.each(TESTS)("has a test for this threat: %s", (_threat, file, titles) => {
    expect(titles).not.toEqual([]);
    const text = readFileSync(join(root, file), "utf8");
    expect(titles.filter((title) => !text.includes(title))).toEqual([]);
  });
});
