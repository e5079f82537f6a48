import { expect, it } from "vitest";
import { parseDuration } from "./duration.js";

it.each([
  ["25s", 25_000],
  ["300ms", 300],
  ["1m30s", 90_000],
  ["1.5h", 5_400_000],
  ["720h0m0s", 2_592_000_000],
  ["-1s", -1_000],
  ["500us", 0.5],
  ["0", 0],
])("reads %s", (text, milliseconds) => {
  expect(parseDuration(text)).toBeCloseTo(milliseconds);
});

it.each(["", "25", "s", "25 s", "25S", "1d", "1s2"])("refuses %j", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
