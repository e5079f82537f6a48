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

/** What calls `sendAnswers` once for all answers of the moment: each crossing from the page is slow. */
const COLLECT_ANSWERS = `
const answers = [];
globalThis.work = browserDriver.createDriver((answer) => {
  if (answers.push(answer) === 1) setTimeout(() => sendAnswers(answers.splice(0)));
});`;

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
  await page.exposeFunction("sendAnswers", (answers: Answer[]) => {
    for (const answer of answers) listener(answer);
  });
  await page.addScriptTag({ content: await script });
  await page.evaluate(COLLECT_ANSWERS);
  const commands: string[] = [];
  const sendCommands = (): void => {
    const work = commands.splice(0).map((command) => `void work(${command});`);
    // A page that is being closed accepts no commands; `ended` reports that.
    page.evaluate(work.join("\n")).catch(() => undefined);
  };

  const ended = new Promise<void>((end) => page.once("close", () => end()));
  return {
    ended,
    send(command) {
      if (commands.push(JSON.stringify(command)) === 1) setImmediate(sendCommands);
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
