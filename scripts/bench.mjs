// Measures calls side by side with other systems in one run, then the generators: see
// bench/README.md.
import { join } from "node:path";
import {
  build,
  installCentrifugo,
  installGo,
  installPackages,
  installPrograms,
  installPython,
  root,
  run,
  runSource,
} from "./setup.mjs";

await installPackages();
await build();
await installCentrifugo();
await installPrograms();
const peers = join(root, "bench/peers");
await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: peers });
await run(process.execPath, ["bench.mjs"], { cwd: peers });
console.log("\nThe call log:\n");
await runSource(join("bench", "call-log.ts"));
console.log("\nOverload:\n");
await runSource(join("bench", "overload.ts"));
await installPython();
console.log("\nHandlers in another process:\n");
await runSource(join("bench", "handler-services.ts"));
await installGo();
await runSource(join("bench", "codegen.ts"));
