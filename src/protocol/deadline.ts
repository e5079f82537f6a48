/**
 * Settles as `promise` does, or as `onTimeout` returns or throws if `promise` is still pending after
 * `ms` milliseconds. `promise` is not cancelled, and its later outcome is ignored.
 */
export async function within<Value, Fallback>(
  ms: number,
  promise: Promise<Value>,
  onTimeout: () => Fallback,
): Promise<Value | Fallback> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<typeof TIMEOUT>((resolve) => {
    timer = setTimeout(resolve, ms, TIMEOUT);
  });
  try {
    const first = await Promise.race([promise, timeout]);
    return first === TIMEOUT ? onTimeout() : first;
  } finally {
    clearTimeout(timer);
  }
}

const TIMEOUT = Symbol("timeout");
