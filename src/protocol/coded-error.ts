/**
 * The stable codes of errors that are not RPC errors: bad arguments, wrong configuration, a failed
 * dependency. Programs match the code; the wording of a message may change in any release. This
 * table is the source of the one in `docs/errors.md`.
 */
export const ERROR_CODES = {
  CRPC_ARGUMENT_INVALID: "A function was called with a wrong argument.",
  CRPC_CONFIG_INVALID: "The configuration has missing or wrong fields; the message lists them all.",
  CRPC_METHOD_INVALID: "A method or a declared error cannot be registered as written.",
  CRPC_METHOD_DUPLICATE: "Two handlers are registered for one method.",
  CRPC_CONTRACT_INVALID:
    "The registered methods cannot be put into a contract, or a document is not a contract.",
  CRPC_BROKER_UNAVAILABLE: "The broker's API could not be reached or sent an unexpected response.",
  CRPC_SERVICE_UNAVAILABLE: "A handler service could not be reached or sent an unusable response.",
  CRPC_STORE_UNAVAILABLE: "The Redis that gateways share could not be opened.",
  CRPC_CALL_LOG_UNAVAILABLE:
    "The call log's database could not be used, or the package it needs is not installed.",
  CRPC_CALL_LOG_UNUSABLE:
    "The call log's database cannot be opened until its permissions or the configuration change.",
  CRPC_CONTRACT_UNSUPPORTED:
    "A contract cannot become clients; the message lists all problems with a fix for each.",
  CRPC_GENERATION_FAILED: "The generator could not be run or failed; the message has the fix.",
  CRPC_PUBLISHER_UNBOUND: "A handler published before a gateway was running in this process.",
} as const;

/** A stable code of {@link ERROR_CODES}. */
export type CodedErrorCode = keyof typeof ERROR_CODES;

/** An error that is not an {@link RPCError}, with a stable code. */
export class CodedError extends Error {
  override readonly name: string = "CodedError";

  constructor(
    readonly code: CodedErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A wrong argument, found before anything ran. */
export class ArgumentError extends TypeError {
  override readonly name: string = "ArgumentError";

  constructor(
    message: string,
    readonly code: CodedErrorCode = "CRPC_ARGUMENT_INVALID",
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
