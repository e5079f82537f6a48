/** How long a store may take to answer. */
const STORE_TIMEOUT_MS = 2000;

/** A store's answer, or a rejection when it takes too long: a call must not hang on it. */
export async function answerInTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const error = new Error(`no answer within ${STORE_TIMEOUT_MS} ms`);
    timer = setTimeout(reject, STORE_TIMEOUT_MS, error);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
