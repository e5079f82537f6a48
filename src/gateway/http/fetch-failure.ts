/** Failures before there was a connection. */
const NOT_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

/** Why `fetch` failed, and whether the request may have arrived. */
export function fetchFailure(error: unknown): { reason: string; outcomeUnknown: boolean } {
  const { cause } = error as { cause?: { code?: string } };
  const message = error instanceof Error ? error.message : String(error);
  return { reason: cause?.code ?? message, outcomeUnknown: !NOT_SENT.has(cause?.code ?? "") };
}
