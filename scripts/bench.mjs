// Measures calls side by side with other systems in one run, then the generators: see
// bench/README.md.
import { join } from "node:path";
import { build, installCentrifugo, installPackages, installPostgres, root, run } from "./setup.mjs";

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
installGo();
const options = ["--conditions=centrifugo-rpc-source", "--import=tsx"];
run(process.execPath, [...options, "bench/codegen.ts"], { cwd: root });
