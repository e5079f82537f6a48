/**
 * Why a connection failed, in a few words.
 *
 * @param timeoutMs how long the connection was given.
 */
export function connectionFailure(error: unknown, timeoutMs: number): string {
  const { name, message, cause, code } = error as Error & { code?: string };
  if (name === "TimeoutError") return `no answer within ${timeoutMs / 1000} s`;
  if (code === "ECONNREFUSED") return "connection refused";
  if (code === "ENOTFOUND") return "no such host";
  return cause === undefined ? message || String(code) : connectionFailure(cause, timeoutMs);
}
