import { afterAll, expect, it } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WorkerLink } from "./worker-link.js";

const ANSWER_TIMEOUT_MS = 60_000;
const folder = mkdtempSync(join(tmpdir(), "worker-link-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("tells who asks after the worker's end, and before, why there is no answer", async () => {
  const link = new WorkerLink({ kind: "file", path: join(folder, "log.db") }, () => undefined);
  const ask = () => link.ask("query", { query: {} }, ANSWER_TIMEOUT_MS);
  const before = ask();
  before.catch(() => undefined);
  await link.end(new Error("anew"));
  await expect(before).rejects.toThrow("anew");
  await expect(ask()).rejects.toThrow("anew");
});
