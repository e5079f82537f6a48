// What no request shows: how secrets are compared, how long a request may take, where requests of
// ours and files of the command line may go, and what a database is asked.
import diagnostics from "node:diagnostics_channel";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import {
  createCentrifugoApi,
  createGateway,
  createPublisher,
  startGatewayServer,
} from "centrifugo-rpc/gateway";
import { createRouter, Registry } from "centrifugo-rpc";
import { CallLogQueryError, openCallLog, readLogQuery } from "../../src/call-log/index.js";
import { writeFolders } from "../../src/cli/output/write-folder.js";
import { isOneOf } from "../../src/gateway/http/secret.js";

const source = resolve(import.meta.dirname, "../../src");
const sources = ["gateway", "broker", "cli", "config", "handlers", "call-log"]
  .flatMap((folder) =>
    readdirSync(join(source, folder), { recursive: true, encoding: "utf8" }).map((file) =>
      join(folder, file),
    ),
  )
  .filter((file) => /^(?!.*(\.test\.ts$|testing\/)).*\.ts$/.test(file))
  .map((file) => ({ file, text: readFileSync(join(source, file), "utf8") }));

describe("secrets", () => {
  it("are compared in constant time and never with ===", () => {
    const name = String.raw`(?:\w+\.)*(?:proxySecret|\w*[aA]piKey|handlerServiceSecret|tokenHmacSecret|\w*HmacSecret)`;
    const compared = new RegExp(
      String.raw`(?:[!=]==?\s*${name}\b(?!\s*[.(]))|(?:\b${name}\s*[!=]==?(?![=\s]*(?:undefined|"")))`,
    );
    expect("if (given === options.proxySecret) return;").toMatch(compared);
    expect("if (apiKey !== given) return;").toMatch(compared);
    expect("if (apiKey === undefined) return;").not.toMatch(compared);
    expect(sources.length).toBeGreaterThan(100);
    const wrong = sources.filter(({ text }) => compared.test(text)).map(({ file }) => file);
    expect(wrong).toEqual([]);
  });

  it("in requests are compared only by the three functions that use timingSafeEqual", () => {
    const files = sources.filter(({ text }) => text.includes("timingSafeEqual("));
    expect(files.map(({ file }) => file).toSorted()).toEqual([
      "broker/http/http-api.ts",
      "broker/tokens/token-keys.ts",
      "gateway/http/secret.ts",
    ]);
    const read = /header\(\s*(?:PROXY_SECRET_HEADER|"x-api-key"|"authorization")/;
    const readers = sources.filter(({ text }) => read.test(text));
    expect(readers.map(({ file }) => file).toSorted()).toEqual([
      "gateway/http-api/api.ts",
      "gateway/http-handler.ts",
    ]);
    for (const { text } of readers) expect(text).toContain("isOneOf(");
  });

  it.each([undefined, "", "secre", "secretx", "SECRET", "secret\0", "ſecret"])(
    "are not %j",
    (given) => {
      expect(isOneOf(given, ["secret", "other"])).toBe(false);
    },
  );
});

it("requests have to arrive within a time limit", async () => {
  const servers: Server[] = [];
  const onRequest = (message: unknown) => void servers.push((message as { server: Server }).server);
  diagnostics.subscribe("http.server.request.start", onRequest);
  const publisher = { publish: async () => undefined };
  const gateway = createGateway({ router: createRouter(new Registry()), publisher });
  const server = await startGatewayServer({ gateway, proxySecret: "p", port: 0 });
  try {
    await (await fetch(`${server.url}/health`)).text();
    const { headersTimeout, requestTimeout } = servers[0]!;
    for (const timeout of [headersTimeout, requestTimeout]) {
      expect(timeout).toBeGreaterThan(0);
      expect(timeout).toBeLessThanOrEqual(125_000);
    }
  } finally {
    diagnostics.unsubscribe("http.server.request.start", onRequest);
    await server.close();
  }
});

const askers: Record<string, (url: string) => Promise<string>> = {
  createCentrifugoApi: async (url) =>
    await createCentrifugoApi({ url, apiKey: "the-key" })
      .ping()
      .then(
        () => "done",
        () => "failed",
      ),
  createPublisher: async (url) => {
    const publisher = createPublisher({ wrapperUrl: url, apiKey: "the-key" });
    return (await publisher.publish("events:a", 1)).status;
  },
};

it.each(Object.entries(askers))(
  "%s follows no redirect: its key is for one server",
  async (_name, ask) => {
    const asked: string[] = [];
    const elsewhere = createServer((request, response) => {
      asked.push(String(request.headers["x-api-key"]));
      response.end("{}");
    }).listen(0, "127.0.0.1");
    await once(elsewhere, "listening");
    const target = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const redirecting = createServer((_request, response) => {
      response.writeHead(307, { Location: target }).end();
    }).listen(0, "127.0.0.1");
    await once(redirecting, "listening");
    const url = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
    try {
      expect(await ask(url)).toBe("failed");
      expect(asked).toEqual([]);
    } finally {
      redirecting.close();
      elsewhere.close();
    }
  },
);

it.each(["../outside.txt", "a/../../outside.txt", String.raw`..\outside.txt`])(
  "a list of generated files that names %s has nothing removed outside of its folder",
  (path) => {
    const folder = mkdtempSync(join(tmpdir(), "security-"));
    try {
      const output = join(folder, "clients");
      const write = () => writeFolders(output, new Map([["typescript", new Map([["a.ts", ""]])]]));
      write();
      const outside = [join(output, "outside.txt"), join(output, "typescript", path)];
      for (const file of outside) writeFileSync(file, "keep");
      const list = join(output, "typescript/.centrifugo-rpc.json");
      writeFileSync(list, JSON.stringify({ files: ["a.ts", path, outside[0]] }));
      write();
      expect(outside.filter((file) => !existsSync(file))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

it("the call log queries its database with parameters: text in a query is never SQL", async () => {
  const folder = mkdtempSync(join(tmpdir(), "security-"));
  const log = openCallLog({ url: `file:${join(folder, "calls.db")}` });
  const hostile = ["' OR 1=1 --", "x'; DROP TABLE calls; --", '" OR ""="', "%", "\\'"];
  try {
    for (const text of hostile) {
      for (const name of ["id", "method", "channel", "user"]) {
        const page = await log.query(readLogQuery(new URLSearchParams({ [name]: text })));
        expect(page.rows).toEqual([]);
      }
      for (const name of ["status", "kind", "since", "limit"]) {
        expect(() => readLogQuery(new URLSearchParams({ [name]: text }))).toThrow(
          CallLogQueryError,
        );
      }
    }
    expect((await log.query({})).rows).toEqual([]);
  } finally {
    await log.close();
    rmSync(folder, { recursive: true });
  }
});
