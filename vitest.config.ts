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
    testTimeout: 20_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    // Two cores: more workers only take time from each other.
    maxWorkers: 2,
  },
});
