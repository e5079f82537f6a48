// docs/call-log.md names what the call log has, and nothing else.
import { describe, expect, it } from "vitest";
import { FieldNames, SECRET_FIELDS } from "../src/redaction/index.js";
import { CALL_LOG_STATUSES } from "../src/call-log/index.js";
import { COLUMNS } from "../src/call-log/storage/tables.js";
import { readDocument, tableBelow } from "./testing/markdown.js";

const document = readDocument("docs/call-log.md");

describe("docs/call-log.md", () => {
  it("has every column of a row", () => {
    expect(tableBelow(document, "A row").map(([column]) => column)).toEqual(COLUMNS);
  });

  it("has every status", () => {
    const [, statuses = ""] = document.prose.split("| `status`    |");
    const named = [...statuses.split("\n\n")[0]!.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(named).toEqual(CALL_LOG_STATUSES);
  });

  it("has every field that is hidden always, and what it says of other names is so", () => {
    const [, list = ""] = /These are hidden always: (.*?)\. `CENTRIFUGO/.exec(document.prose) ?? [];
    expect([...list.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual(SECRET_FIELDS);
    const names = new FieldNames();
    const shown = ["newPassword2", "password_confirmation", "password_rules"].map((name) => [
      name,
      names.isSecret(name),
    ]);
    expect(shown).toEqual([
      ["newPassword2", true],
      ["password_confirmation", true],
      ["password_rules", false],
    ]);
  });
});
