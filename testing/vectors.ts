import { readFileSync } from "node:fs";

/** A file of `conformance/vectors/`: the protocol as data, which the tests of every language read. */
export function readVectors(name: string): unknown {
  const url = new URL(`../conformance/vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8"));
}
