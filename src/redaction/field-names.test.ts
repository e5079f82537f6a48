import { describe, expect, it } from "vitest";
import { FieldNames } from "./field-names.js";

describe("the names of secret fields", () => {
  const names = new FieldNames(["ssid", "Tax_Number"]);

  it.each([
    "password",
    "PASSWORD",
    "newPassword",
    "user-password",
    "user.password",
    "Api Key",
    "apiKey",
    "apikey",
    "x-api-key",
    "APIKey",
    "stripeAPIKey",
    "access_token",
    "accessToken",
    "Authorization",
    "set-cookie",
    "client_secret",
    "privateKey",
    "PIN",
  ])("hold %s without being told", (name) => {
    expect(names.isSecret(name)).toBe(true);
  });

  it.each([
    "user_id",
    "password_rules",
    "token_count",
    "pinned",
    "keyboard",
    "secretary",
    "shipping",
    "",
    "_",
    "__proto__",
    "constructor",
  ])("do not hold %j", (name) => {
    expect(names.isSecret(name)).toBe(false);
  });

  it("hold those that are named besides, in any spelling", () => {
    const others = ["ssid", "SSID", "wifi_ssid", "taxNumber", "tax-number", "TAXNUMBER"];
    expect(others.filter((name) => !names.isSecret(name))).toEqual([]);
    expect(new FieldNames().isSecret("ssid")).toBe(false);
  });

  it("are found in names of any length and any number", () => {
    expect(names.isSecret("x".repeat(1_000_000))).toBe(false);
    for (let index = 0; index < 6000; index++) names.isSecret(`field_${index}`);
    expect(names.isSecret("a_password")).toBe(true);
    expect(names.isSecret("field_5999")).toBe(false);
  });
});
