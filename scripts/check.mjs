// What CI runs, in one command: format, lint, types, packaging, unused code, tests.
import { build, installPackages, run } from "./setup.mjs";

installPackages();
build();
run("npx", ["prettier", "--check", "--log-level=warn", "."]);
run("npx", ["oxlint", "--type-aware", "--deny-warnings"]);
run("npx", ["tsc", "-p", "tsconfig.json"]);
run("npx", ["knip"]);
run("npx", ["publint", "--strict"]);
run("npx", ["attw", "--pack", ".", "--profile", "esm-only", "--format", "ascii", "-q"]);
run("npm", ["test"]);
