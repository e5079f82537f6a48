// The full chaos suite: `npm run chaos`. CONTRIBUTING.md has the options.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { findCentrifugo, findProgram, findPython } from "../../testing/toolchains.js";
import { clients as allClients, type StartDriver } from "../stack/clients.js";
import { FAULTS } from "./faults.js";
import { judge, type Judgement } from "./judgement.js";
import { complaints, rows, table } from "./report.js";
import { runTrial } from "./trial.js";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    fault: { type: "string", multiple: true },
    language: { type: "string", multiple: true },
    calls: { type: "string", default: "3000" },
    rate: { type: "string", default: "200" },
    connections: { type: "string", default: "200" },
    json: { type: "string" },
  },
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const clients: Record<string, StartDriver> = {};
for (const language of values.language ?? ["TypeScript", "Python", "Go"]) {
  const start = allClients[language]?.();
  if (!start)
    throw new Error(`${language} is not installed: install it, or select others with --language`);
  clients[language] = start;
}
const [centrifugo, redis, python] = [findCentrifugo(), findProgram("redis-server"), findPython()];
if (!centrifugo || !redis || !python)
  throw new Error(
    "Centrifugo, Redis or Python is missing: install Redis and Python, and run `npm run chaos`",
  );

const judgements: Judgement[] = [];
const found: string[] = [];
for (const fault of values.fault ?? Object.keys(FAULTS)) {
  const judgement = judge(
    await runTrial({
      faults: [fault],
      seed: Number(values.seed),
      calls: Number(values.calls),
      callsPerSecond: Number(values.rate),
      connections: Number(values.connections),
      toolchain: { centrifugo, redis, python },
      clients,
    }),
  );
  judgements.push(judgement);
  for (const row of rows(judgement)) say(row);
  for (const complaint of complaints(judgement)) {
    found.push(complaint);
    say(`${complaint}\n  seed ${values.seed}`);
  }
}
say(`\n${table(judgements)}`);
if (values.json) writeFileSync(values.json, JSON.stringify(judgements));
process.exit(found.length > 0 ? 1 : 0);
