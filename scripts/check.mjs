// What CI runs, in one command: format, lint, types, packaging, unused code, tests. While the
// static checks run, what the tests need is installed.
import { build, installPackages, installTestPrograms, run } from "./setup.mjs";

const programs = installTestPrograms();
await installPackages();
await build();
await run("npx", ["prettier", "--check", "--log-level=warn", "."]);
await run("npx", ["oxlint", "--type-aware", "--deny-warnings"]);
await run("npx", ["tsc", "-p", "tsconfig.json"]);
await run("npx", ["knip"]);
await run("npx", ["publint", "--strict"]);
await run("npx", ["attw", "--pack", ".", "--profile", "esm-only", "--format", "ascii", "-q"]);
await programs;
await run("npm", ["test"]);
