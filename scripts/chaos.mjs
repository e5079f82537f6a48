// Breaks a cluster under load and compares what callers see with what handlers did: see
// CONTRIBUTING.md.
import { join } from "node:path";
import {
  build,
  installCentrifugo,
  installGo,
  installPackages,
  installPrograms,
  installPython,
  run,
} from "./setup.mjs";

await installPackages();
await build();
await installPrograms();
await installCentrifugo();
await installPython();
await installGo();
await run(process.execPath, [
  "--conditions=centrifugo-rpc-source",
  "--import=tsx",
  join("conformance", "chaos", "main.ts"),
  ...process.argv.slice(2),
]);
