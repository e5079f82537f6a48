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
  runSource,
} from "./setup.mjs";

await installPackages();
await build();
await installPrograms();
await installCentrifugo();
await installPython();
await installGo();
await runSource(join("conformance", "chaos", "main.ts"), ...process.argv.slice(2));
