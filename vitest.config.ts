import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["centrifugo-rpc-source"] },
  ssr: { resolve: { conditions: ["centrifugo-rpc-source"] } },
  test: {
    include: [
      "src/**/*.test.ts",
      "conformance/**/*.test.ts",
      "examples/**/*.test.ts",
      "docs/**/*.test.ts",
    ],
    // What is waited for comes soon, unless the machine is slow or it never comes. A test has longer
    // than a call: one that hangs shows as 408.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    // Two cores: more workers only take time from each other.
    maxWorkers: 2,
  },
});
