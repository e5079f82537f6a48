// Measures calls side by side with other systems in one run, then the generators: see
// bench/README.md.
import { join } from "node:path";
import {
  build,
  installCentrifugo,
  installGo,
  installPackages,
  installPostgres,
  installPython,
  root,
  run,
} from "./setup.mjs";

installPackages();
build();
installCentrifugo();
installPostgres();
const peers = join(root, "bench/peers");
run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: peers });
run(process.execPath, ["bench.mjs"], { cwd: peers });
console.log("\nThe call log:\n");
run(process.execPath, [
  "--conditions=centrifugo-rpc-source",
  "--import=tsx",
  join("bench", "call-log.ts"),
]);
installPython();
console.log("\nHandlers in another process:\n");
run(process.execPath, [
  "--conditions=centrifugo-rpc-source",
  "--import=tsx",
  join("bench", "handler-services.ts"),
]);
installGo();
run(process.execPath, [
  "--conditions=centrifugo-rpc-source",
  "--import=tsx",
  join("bench", "codegen.ts"),
]);
