// docs/observability.md and the dashboard name what the gateway has, and nothing else.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  createCallLines,
  createMetrics,
  type GatewayObserver,
  type StartedCall,
} from "../src/gateway/index.js";
import { silentLogger, type Logger } from "../src/index.js";
import { RPCError } from "../src/protocol/index.js";
import { readDocument, root, tableBelow } from "./testing/markdown.js";

const document = readDocument("docs/observability.md");

/** A metric, with its labels without those of histograms. */
interface Metric {
  name: string;
  type: string;
  labels: string[];
}

describe("the metrics", async () => {
  const ours = await metricsOfAll();

  it("are all described, with their types and labels", () => {
    const described = tableBelow(document, "Metrics").map(([name, type, labels = ""]) => ({
      name,
      type,
      labels: labels.split(", ").filter((label) => label !== ""),
    }));
    expect(described).toEqual(ours.filter(({ name }) => name.startsWith("centrifugo_rpc_")));
  });

  const dashboard = readFileSync(join(root, "docs/grafana-dashboard.json"), "utf8");
  const { panels, templating } = JSON.parse(dashboard) as Dashboard;
  const expressions = [
    ...panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ place: `the panel "${title}"`, expr })),
    ),
    ...templating.list.map(({ name, definition = "" }) => ({
      place: `the variable ${name}`,
      expr: definition,
    })),
    ...[...document.prose.matchAll(/^\| .*\? +\| `(.*)` +\|$/gm)].map(([, expr = ""]) => ({
      place: "an alert of the document",
      expr: expr.replaceAll("\\|", "|"),
    })),
  ].filter(({ expr }) => expr !== "");

  it.each(expressions)("that $place uses are there, with the labels: $expr", ({ expr }) => {
    const used = [...expr.matchAll(/\b((?:centrifugo_rpc|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)];
    expect(used).not.toEqual([]);
    for (const [, name = "", matchers = ""] of used) {
      const metric = ours.find((each) => nameOf(each, name));
      expect(metric).toBeDefined();
      const labels = [...matchers.matchAll(/(\w+)[=!]/g)].map(([, label]) => label);
      expect([...(metric?.labels ?? []), "job", "instance"]).toEqual(
        expect.arrayContaining(labels),
      );
      const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
        list.split(", "),
      );
      const known = used.flatMap(([, each = ""]) => ours.find((m) => nameOf(m, each))?.labels);
      expect([...known, "le", "job", "instance"]).toEqual(expect.arrayContaining(grouped));
    }
    for (const pair of ["()", "{}", "[]"]) {
      const [open = "", close = ""] = pair;
      expect(expr.split(open).length).toBe(expr.split(close).length);
    }
  });

  it("of the gateway are all on the dashboard", () => {
    const names = ours.map(({ name }) => name).filter((name) => name.startsWith("centrifugo_rpc_"));
    expect(names.filter((name) => !dashboard.includes(name))).toEqual([]);
  });

  it("have panels that do not lie on each other", () => {
    const places = panels.map(({ gridPos: { x, y } }) => `${x} ${y}`);
    expect(new Set(places).size).toBe(places.length);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

it("the log lines have the fields that are described", () => {
  const lines = new Map<string, Set<string>>();
  const log: Logger = {
    ...silentLogger,
    info(data: object | string, message?: string) {
      const fields = lines.get(message ?? "") ?? new Set();
      for (const field of Object.keys(data)) fields.add(field);
      lines.set(message ?? "", fields);
    },
  };
  tellAll(createCallLines(log));
  const rows = tableBelow(document, "Log lines");
  expect(rows.map(([message]) => message)).toEqual([...lines.keys()]);
  for (const [message = "", fields = ""] of rows) {
    for (const field of lines.get(message) ?? []) expect(fields).toContain(field);
  }
});

interface Dashboard {
  panels: {
    id: number;
    title: string;
    gridPos: { x: number; y: number };
    targets?: { expr: string }[];
  }[];
  templating: { list: { name: string; definition?: string }[] };
}

/** Whether a name stands for the metric: a histogram has several. */
function nameOf({ name, type }: Metric, used: string): boolean {
  if (type !== "histogram") return used === name;
  return ["_bucket", "_sum", "_count"].some((ending) => used === `${name}${ending}`);
}

/** All metrics of a gateway that has done everything once. */
async function metricsOfAll(): Promise<Metric[]> {
  const metrics = createMetrics({
    callLog: () => ({ written: 1, dropped: 1, backlog: 1 }),
    handlerServices: () => [{ url: "http://django:8000/centrifugo-rpc", state: "up" }],
  });
  tellAll(metrics.observer);
  const text = await metrics.text();
  const found = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => {
    const sample = new RegExp(`^${name}(?:_bucket)?\\{(.*)\\}`, "m").exec(text)?.[1] ?? "";
    const labels = [...sample.matchAll(/(\w+)="/g)].map(([, label = ""]) => label);
    return { name, type, labels: labels.filter((label) => label !== "le") };
  });
  const last = found.filter(({ name }) => /_(call_log|handler_service)_/.test(name));
  // Those of what a gateway may do without come first in the text, and last in the document.
  return [...found.filter((metric) => !last.includes(metric)), ...last];
}

/** Has an observer told of everything that can happen. */
function tellAll(observer: GatewayObserver): void {
  const call: StartedCall = {
    correlationId: "id-1",
    method: "tasks.get_stats",
    known: true,
    userId: "42",
    clientId: "c1",
    transport: "websocket",
    params: {},
    attempt: 1,
    startedAt: new Date(),
    deadline: new Date(),
  };
  const watch = observer.callStarted?.(call);
  watch?.repeated?.(2);
  watch?.deferred?.();
  watch?.ended?.({
    status: "failed",
    code: 500,
    error: new RPCError(500),
    durationMs: 1,
    attempts: 2,
    deferred: true,
    traceId: "a".repeat(32),
  });
  observer.callRefused?.({ method: "tasks.get_stats", userId: "42", code: 400 });
  observer.callerGone?.({ method: "tasks.get_stats", userId: "42", started: true });
  observer.replyPublished?.({ correlationId: "id-1", userId: "42", ok: true });
  observer
    .publicationStarted?.({
      messageId: "m1",
      channel: "news",
      data: {},
      waitForAck: true,
      startedAt: new Date(),
    })
    ?.ended?.({
      status: "failed",
      acksReceived: 0,
      acksExpected: 1,
      error: new Error("no broker"),
      durationMs: 1,
    });
  observer.ackReceived?.({ messageId: "m1", userId: "42", clientId: "c1", accepted: true });
  observer.requestRefused?.({ routes: "proxy", reason: "unauthenticated" });
}
