/** A store that gateways share could not be opened. The message says what to do. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}
