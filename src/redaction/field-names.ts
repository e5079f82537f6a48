/** Fields that are secret in every method. */
export const SECRET_FIELDS: readonly string[] = `
  password passwords passwd passphrase passcode pwd password_hash secret secrets client_secret
  token access_tokens refresh_tokens api_tokens jwt bearer api_key api_keys access_key private_key
  secret_key encryption_key signing_key authorization proxy_authorization cookie cookies
  set_cookie credential credentials session_id card_number credit_card cvv cvc iban ssn otp pin
`
  .trim()
  .split(/\s+/);

/** Callers can send any number of names. */
const MAX_REMEMBERED = 5000;

/**
 * Decides by name which fields are secret. Upper and lower case, `_`, `-`, `.` and spaces make no
 * difference, nor do words before a listed name: `password` includes `newPassword` and
 * `user-password`, but not `password_rules`.
 */
export class FieldNames {
  readonly #listed: ReadonlySet<string>;
  readonly #known = new Map<string, boolean>();

  /** @param more names besides the built-in ones. */
  constructor(more: readonly string[] = []) {
    this.#listed = new Set([...SECRET_FIELDS, ...more].map((name) => wordsOf(name).join("")));
  }

  isSecret(name: string): boolean {
    let secret = this.#known.get(name);
    if (secret === undefined) {
      const words = wordsOf(name);
      secret = words.some((_word, index) => this.#listed.has(words.slice(index).join("")));
      if (this.#known.size < MAX_REMEMBERED && name.length <= 100) this.#known.set(name, secret);
    }
    return secret;
  }
}

/** The words of a name in lower case: `newAPIKey` and `new-api_key` have the same. */
function wordsOf(name: string): string[] {
  return name
    .slice(0, 200)
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})|(\p{Lu})(?=\p{Lu}\p{Ll})/gu, "$1$3 $2")
    .toLowerCase()
    .split(/[\s._-]+/)
    .filter((word) => word !== "");
}
