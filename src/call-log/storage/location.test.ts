import { resolve } from "node:path";
import { expect, it } from "vitest";
import { CallLogError } from "../errors.js";
import { readLogLocation } from "./location.js";

it.each([
  ["file:.centrifugo-rpc/calls.db", resolve(".centrifugo-rpc/calls.db")],
  ["file:calls.db", resolve("calls.db")],
  ["file:/var/lib/calls.db", "/var/lib/calls.db"],
  ["file:///var/lib/my%20calls.db", "/var/lib/my calls.db"],
  ["file:../x y.db", resolve("../x y.db")],
])("%s is a file", (url, path) => {
  expect(readLogLocation(url)).toEqual({ kind: "file", path });
});

it.each(["postgres://u:p@h/db", "postgresql://h:5432/db?sslmode=require"])(
  "%s is PostgreSQL",
  (url) => {
    expect(readLogLocation(url)).toEqual({ kind: "postgres", url });
  },
);

it.each([
  "",
  "file:",
  "file://",
  "file://host/x",
  "calls.db",
  "mysql://u:hunter2@h/db",
  "postgres:hunter2",
])("%j is rejected without being repeated", (url) => {
  expect(() => readLogLocation(url)).toThrow(CallLogError);
  expect(() => readLogLocation(url)).not.toThrow(/hunter2/);
});
