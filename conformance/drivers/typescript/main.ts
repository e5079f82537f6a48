import { createInterface } from "node:readline";
import { createDriver, type Command } from "./driver.js";

const work = createDriver((answer) => process.stdout.write(`${JSON.stringify(answer)}\n`));
for await (const line of createInterface({ input: process.stdin })) {
  void work(JSON.parse(line) as Command);
}
process.exit();
