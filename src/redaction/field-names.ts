/** Fields that are secret in every method. */
export const SECRET_FIELDS: readonly string[] = `
  password pass passwd passphrase passcode pwd secret client_secret token jwt bearer api_key
  access_key auth_key private_key secret_key secret_key_base encryption_key signing_key master_key
  auth authorization proxy_authorization cookie set_cookie credential creds csrf xsrf session_id
  otp totp pin otp_code totp_code pin_code verification_code confirmation_code security_code
  auth_code authorization_code access_code activation_code login_code reset_code sms_code mfa_code
  2fa_code two_factor_code one_time_code recovery_code backup_code code_verifier client_assertion
  seed_phrase recovery_phrase mnemonic connection_string database_url
  card_number credit_card cvv cvc iban ssn social_security_number
`
  .trim()
  .split(/\s+/);

/** Words that are distinct enough to match inside another word, as in `newpassword`. */
const STEMS = "password|passwd|passphrase|secret|token|credential|apikey|privatekey|secretkey";

/** What may follow: `password_confirmation`, `new_password2`. */
const SUFFIXES =
  "confirmation|confirmed|confirm|repeat|again|verify|verification|new|old|current|previous|" +
  "values?|raw|plain|plaintext|encrypted|hash|hashed|digest|salt|base64|hex|pem|[0-9]";

const INSIDE = new RegExp(`(?:${STEMS})s?(?:${SUFFIXES})*$`);

/** Numbers of tokens of a language model: `max_tokens`, `tokens_used`. */
const COUNTED_TOKENS =
  /(?:^| )(?:max|min|num|total|prompt|completion|input|output|reasoning|cached|used|remaining)(?: \w+)? tokens$/;

/** The two sides of a pair such as `{ "name": "password", "value": "…" }`. */
const NAMING =
  /^(?:name|key|field|header|label|id|property|attribute|param|parameter|variable|path|question|k|n)$/i;
const NAMED = /(?:^| )(?:values?|val|v|data|content|text|answer|input|old|new|default)$/;

/** Callers can send any number of names. */
const MAX_REMEMBERED = 5000;

/**
 * Decides by name which fields are secret. Case and punctuation make no difference, nor do words
 * before a listed name, a plural, a number or a word such as `confirmation` after it: `password`
 * includes `newPassword2` and `password_confirmation`, but not `password_rules`.
 */
export class FieldNames {
  readonly #listed: RegExp;
  readonly #known = new Map<string, boolean>();

  /** @param more names besides the built-in ones. */
  constructor(more: readonly string[] = []) {
    const listed = [...SECRET_FIELDS, ...more].map((name) => wordsOf(name).replaceAll(" ", " ?"));
    const names = listed.filter((name) => name !== "").join("|");
    // Pins on a map are not secret.
    this.#listed = new RegExp(
      `(?:^| )(?!pins)(?:${names || "(?!)"})s?(?: ?(?:${SUFFIXES}))*$`,
      "u",
    );
  }

  isSecret(name: string): boolean {
    let secret = this.#known.get(name);
    if (secret === undefined) {
      secret = this.#matches(name);
      if (this.#known.size < MAX_REMEMBERED && name.length <= 100) this.#known.set(name, secret);
    }
    return secret;
  }

  /**
   * Returns which fields of an object are secret: those of secret names, and the value in a pair such
   * as `{ "name": "password", "value": "…" }`.
   */
  secretFields(object: Readonly<Record<string, unknown>>): (name: string) => boolean {
    const isPair = Object.entries(object).some(
      ([name, value]) => typeof value === "string" && NAMING.test(name) && this.#matches(value),
    );
    return (name) => this.isSecret(name) || (isPair && NAMED.test(wordsOf(name)));
  }

  /** Whether a list is a pair such as `["authorization", "…"]`, as an entry of a list of headers. */
  isSecretEntry(list: readonly unknown[]): boolean {
    return list.length === 2 && typeof list[0] === "string" && this.#matches(list[0]);
  }

  #matches(name: string): boolean {
    const words = wordsOf(name);
    const isListed = this.#listed.test(words) || INSIDE.test(words.replaceAll(" ", ""));
    return isListed && !COUNTED_TOKENS.test(words);
  }
}

/** The words of a name in lower case: `newAPIKey` and `new-api_key` are both `new api key`. */
function wordsOf(name: string): string {
  return name
    .slice(0, 200)
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})|(\p{Lu})(?=\p{Lu}\p{Ll})/gu, "$1$3 $2")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
