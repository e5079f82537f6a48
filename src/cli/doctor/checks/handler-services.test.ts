import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ScriptedService, sendJson } from "../../../../testing/scripted-service.js";
import type { Finding } from "../finding.js";
import { Session, type SetupConfig } from "../session.js";
import { gatewayServices } from "./gateway.js";
import { handlerServices } from "./handler-services.js";

let service: ScriptedService;
beforeEach(async () => {
  service = await ScriptedService.start(["tasks.add", "tasks.list"]);
});
afterEach(() => service.stop());

const usual = {
  where: "environment",
  line: "CENTRIFUGO_HANDLER_SERVICES=http://localhost:8000/centrifugo-rpc",
};
const secrets = [
  { where: "environment", line: "CENTRIFUGO_HANDLER_SERVICE_SECRET=<that of the service>" },
  {
    where: "service-environment",
    line: "CENTRIFUGO_HANDLER_SERVICE_SECRET=<that of doctor's environment>",
  },
];
const clocks = { where: "command", line: "timedatectl set-ntp true" };

function session(changes: Partial<SetupConfig> = {}): Session {
  return new Session({
    config: {
      centrifugoUrl: "ws://127.0.0.1:9",
      centrifugoApiUrl: "http://127.0.0.1:9",
      centrifugoApiKey: "k",
      centrifugoTokenHmacSecret: "t",
      wrapperUrl: "http://127.0.0.1:9",
      proxySecret: "p",
      handlerServices: [service.url],
      handlerServiceSecret: service.secret,
      ...changes,
    },
  });
}

const check = (changes?: Partial<SetupConfig>): Promise<Finding> =>
  handlerServices(session(changes));

describe("the check of handler services", () => {
  it("passes when they take the signature, and when there are none", async () => {
    expect(await check()).toEqual({
      status: "ok",
      message: `the signature is accepted by ${service.url} (2 methods)`,
      fixes: [],
    });
    expect(await check({ handlerServices: [] })).toMatchObject({ status: "ok" });
  });

  it("finds other secrets, and shows none", async () => {
    const finding = await check({ handlerServiceSecret: "hush-hush" });
    expect(finding).toEqual({
      status: "wrong",
      message: `${service.url} refuses the signature: the secrets differ`,
      fixes: secrets,
    });
  });

  it.each([
    [600_000, "its clock is 600 s ahead of this machine's", [clocks]],
    [-600_000, "its clock is 600 s behind this machine's", [clocks]],
    [undefined, "the secrets or the clocks differ", [...secrets, clocks]],
  ])("distinguishes a clock %d ms ahead from differing secrets", async (ahead, message, fixes) => {
    service.onContract = (response) => {
      response.sendDate = false;
      if (ahead !== undefined) {
        response.setHeader("Date", new Date(Date.now() + ahead).toUTCString());
      }
      response.writeHead(401).end();
    };
    const finding = await check();
    const about = finding.message.slice(`${service.url} refuses the signature: `.length);
    expect(about.replace(/59\d|60\d/, "600")).toBe(message);
    expect(finding).toMatchObject({ status: "wrong", fixes });
  });

  it.each([
    ["an unknown path", 404, {}, "/contract returned HTTP status 404"],
    ["a redirect", 307, {}, "/contract returned HTTP status 307"],
    [
      "another document",
      200,
      { hello: "world" },
      "/contract did not return a contract: contract: ",
    ],
  ])("finds %s", async (_what, status, body, message) => {
    service.onContract = (response) => sendJson(response, status, body, { Location: "/away" });
    expect(await check()).toEqual({
      status: "wrong",
      message: expect.stringContaining(service.url + message) as string,
      fixes: [usual],
    });
  });

  it("finds a page instead of a contract", async () => {
    service.onContract = (response) => response.end("<html>");
    const message = `${service.url}/contract did not return JSON`;
    expect(await check()).toEqual({ status: "wrong", message, fixes: [usual] });
  });

  it.each([
    [500, "see its log"],
    [503, "it is stopping or overloaded"],
  ])("blames no setting for the status %d", async (status, why) => {
    service.onContract = (response) => response.writeHead(status).end();
    const message = `${service.url}/contract returned HTTP status ${status}: ${why}`;
    expect(await check()).toEqual({ status: "wrong", message, fixes: [] });
  });

  it("finds a contract that the gateway refuses, and escapes control characters", async () => {
    service.change("tasks.\u001B[2J");
    const finding = await check();
    expect(finding).toMatchObject({ status: "wrong", fixes: [] });
    expect(finding.message).toContain(
      String.raw`the gateway does not accept the contract of ${service.url}: method "tasks.\u{1b}[2J"`,
    );
  });

  it("names each unreachable service and one line that fixes them", async () => {
    const handlerServices = ["http://127.0.0.1:9/a", service.url, "http://127.0.0.1:9/b"];
    expect(await check({ handlerServices })).toEqual({
      status: "wrong",
      message:
        "http://127.0.0.1:9/a cannot be reached: bad port: start it or correct its URL; " +
        "http://127.0.0.1:9/b cannot be reached: bad port: start it or correct its URL",
      fixes: [usual],
    });
  });

  it("finds a method that two of them have", async () => {
    const other = await ScriptedService.start(["tasks.add"]);
    const finding = await check({ handlerServices: [service.url, other.url] });
    await other.stop();
    expect(finding).toMatchObject({
      status: "wrong",
      message: `"tasks.add" is in ${service.url} and ${other.url}: rename it in one of them`,
    });
  });
});

describe("the check of what the gateway reaches", () => {
  const environment = () => ({
    where: "gateway-environment",
    line: `CENTRIFUGO_HANDLER_SERVICES=${service.url}`,
  });

  it.each([
    [200, { checks: { handler_services: "ok" } }, "ok", () => []],
    [
      200,
      { checks: { handler_services: "down" } },
      "wrong",
      () => [
        environment(),
        {
          where: "gateway-environment",
          line: "CENTRIFUGO_HANDLER_SERVICE_SECRET=<that of doctor's environment>",
        },
      ],
    ],
    [503, { checks: { broker: "unreachable" } }, "wrong", () => [environment()]],
    [404, {}, "warning", () => []],
  ])("of %d and %j makes %s", async (httpStatus, body, status, fixes) => {
    const gateway = createServer((_request, response) => sendJson(response, httpStatus, body));
    gateway.listen(0, "127.0.0.1");
    await once(gateway, "listening");
    const wrapperUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
    const finding = await gatewayServices(session({ wrapperUrl }));
    gateway.close();
    expect(finding).toMatchObject({ status, fixes: fixes() });
  });

  it("passes when none are configured", async () => {
    const none = session({ handlerServices: [] });
    expect(await gatewayServices(none)).toMatchObject({ status: "ok" });
  });
});
