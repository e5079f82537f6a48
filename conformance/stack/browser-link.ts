import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { build } from "esbuild";
import { chromium, type Browser } from "playwright-core";
import type { Answer, DriverLink } from "./driver.js";

/** The origins of pages in which drivers run, as Centrifugo's `allowed_origins` has them. */
export const PAGE_ORIGINS = "http://127.0.0.1:*";

let browser: Promise<Browser> | undefined;
let script: Promise<string> | undefined;
let server: Server | undefined;

/** A driver in a page of headless Chromium. One browser serves all pages of a test file. */
export async function startPage(executable: string): Promise<DriverLink> {
  browser ??= chromium.launch({
    executablePath: executable,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  script ??= bundle();
  const page = await (await browser).newPage();
  await page.goto(await pageUrl());
  let listener: (answer: Answer) => void = () => undefined;
  await page.exposeFunction("sendAnswer", (answer: Answer) => listener(answer));
  await page.addScriptTag({ content: await script });
  await page.evaluate("globalThis.work = browserDriver.createDriver(sendAnswer)");

  const ended = new Promise<void>((end) => page.once("close", () => end()));
  return {
    ended,
    send(command) {
      // A page that is being closed takes no more commands; `ended` says so.
      page.evaluate(`void work(${JSON.stringify(command)})`).catch(() => undefined);
    },
    onAnswer: (on) => void (listener = on),
    close: () => page.close(),
  };
}

/** Ends the browser of this test file, if there is one. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  server?.close();
  browser = undefined;
  server = undefined;
}

/** An empty page on this machine: from elsewhere browsers refuse connections to it. */
async function pageUrl(): Promise<string> {
  if (!server) {
    server = createServer((_request, response) => {
      response.setHeader("Content-Type", "text/html").end("<!doctype html>");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  }
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** The TypeScript driver as a script for browsers: what an application's bundler would make of it. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [resolve(import.meta.dirname, "../drivers/typescript/driver.ts")],
    bundle: true,
    format: "iife",
    globalName: "browserDriver",
    platform: "browser",
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}
