import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  acknowledgeNext,
  API_KEY,
  startService,
  type Service,
} from "../../testing/http-api-service.js";
import { findPython } from "../../testing/toolchains.js";

describe.skipIf(findPython() === undefined)("the Python backend's publisher", () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());

  test("reads what the gateway answers", async () => {
    const client = await service.subscriber("42", "events:python");
    const program = spawn(findPython() ?? "python", [join(import.meta.dirname, "publish.py")], {
      env: {
        ...process.env,
        PYTHONPATH: join(import.meta.dirname, "../../python"),
        WRAPPER_URL: service.url,
        WRAPPER_API_KEY: API_KEY,
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output] = await Promise.all([
      text(program.stdout),
      once(program, "close"),
      (async () => {
        expect(await client.push()).toMatchObject({ pub: { data: { n: 1 } } });
        await acknowledgeNext(client);
      })(),
    ]);
    expect(JSON.parse(output)).toEqual([
      {
        message_id: expect.stringMatching(/./),
        published: true,
        delivered: false,
        acks_received: 0,
        acks_expected: 0,
        status: "success",
        error: null,
      },
      expect.objectContaining({ delivered: true, acks_received: 1, status: "success" }),
      expect.objectContaining({ published: true, acks_expected: 1, status: "timeout" }),
      expect.objectContaining({ channel: "events:python", status: "success" }),
      expect.objectContaining({
        channel: "nowhere:x",
        status: "failed",
        error: { code: 400, message: expect.any(String) },
      }),
      expect.objectContaining({
        status: "failed",
        error: { code: 401, message: expect.stringContaining("X-API-Key") },
      }),
    ]);
  });
});
