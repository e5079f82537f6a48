import { expect, it } from "vitest";
import type { HandlerServiceState } from "../../gateway/index.js";
import { Registry } from "../../handlers/index.js";
import { ServiceReport } from "./service-report.js";

it("escapes control characters of services", () => {
  const reason = 'method "\u001B[2J\nReady" is none';
  const states: HandlerServiceState[] = [{ url: "http://a", state: "down", methods: [], reason }];
  const report = new ServiceReport({ list: () => [], states: () => states });
  expect(report.news()[1]).toContain(String.raw`method "\u{1b}[2J\u{a}Ready" is none`);
});

it("returns each line once, and again when it changes", () => {
  const registry = new Registry();
  let states: HandlerServiceState[] = [
    { url: "http://a", state: "down", methods: [], reason: "it cannot be reached: ECONNREFUSED" },
    { url: "http://b", state: "up", methods: ["b.one", "b.two"] },
  ];
  const report = new ServiceReport({ list: () => registry.list(), states: () => states });
  expect(report.news()).toEqual([
    "Methods    (none yet)",
    "Services   http://a (not reached yet: it cannot be reached: ECONNREFUSED)",
    "Services   http://b (2 methods)",
  ]);
  expect(report.news()).toEqual([]);

  registry.register({ name: "a.one", options: {}, handler: async () => null });
  states = [
    { url: "http://a", state: "up", methods: ["a.one"] },
    { url: "http://b", state: "down", methods: ["b.one", "b.two"], reason: "status 500" },
  ];
  expect(report.news()).toEqual([
    "Methods    a.one",
    "Services   http://a (1 method)",
    "Services   http://b (2 methods, away: status 500)",
  ]);
});
