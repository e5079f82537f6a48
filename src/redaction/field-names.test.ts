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
    "password1",
    "new_password2",
    "password_confirmation",
    "passwordConfirmation",
    "passwordconfirm",
    "confirmpassword",
    "user[password]",
    "$password",
    "password_hash",
    "tokens",
    "accesstoken",
    "authToken",
    "otp_code",
    "otpCode2",
    "verification_code",
    "2fa_code",
    "pin_code",
    "pincode",
    "pass",
    "db_pass",
    "auth",
    "basicAuth",
    "credentials",
    "cvv2",
    "secret_key_base",
    "connectionString",
  ])("include %s", (name) => {
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
    "passenger",
    "passengers",
    "compass",
    "bypass",
    "passed",
    "passport_number",
    "author",
    "authored_by",
    "authorized",
    "authority",
    "tokenize",
    "max_tokens",
    "maxNewTokens",
    "completion_tokens",
    "pins",
    "spin",
    "opinion",
    "code",
    "country_code",
    "status_code",
    "hash",
    "value",
    "new_value",
    "cookie_banner",
    "",
    "_",
    "__proto__",
    "constructor",
  ])("do not include %j", (name) => {
    expect(names.isSecret(name)).toBe(false);
  });

  it("include additional names in any spelling", () => {
    const others = ["ssid", "SSID", "wifi_ssid2", "taxNumber", "tax-number", "TAXNUMBER"];
    expect(others.filter((name) => !names.isSecret(name))).toEqual([]);
    expect(new FieldNames().isSecret("ssid")).toBe(false);
    expect(new FieldNames(["", "a+b", "("]).isSecret("a_b")).toBe(true);
  });

  it("are found in any number of names of any length", () => {
    expect(names.isSecret("x".repeat(1_000_000))).toBe(false);
    for (let index = 0; index < 6000; index++) names.isSecret(`field_${index}`);
    expect(names.isSecret("a_password")).toBe(true);
    expect(names.isSecret("field_5999")).toBe(false);
  });
});
