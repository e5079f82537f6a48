/** A promise with its resolvers: `Promise.withResolvers`, which Node 20 does not have. */
export class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (reason: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor() {
    // Nobody may be waiting when it is rejected.
    this.promise.catch(() => undefined);
  }
}
