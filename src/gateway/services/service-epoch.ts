/** If a former epoch comes back within this time, the service has several processes. */
const MEMORY_MS = 60_000;

/**
 * The epoch of the calls that a service remembers. A service of several processes that do not share
 * their calls has several epochs at once: then {@link current} is undefined, and lost calls are not sent again.
 */
export class ServiceEpoch {
  #current: string | undefined;
  readonly #former = new Set<string>();
  #changedAt = -Infinity;

  /** Undefined if the service does not remember calls. */
  get current(): string | undefined {
    return this.#current;
  }

  /** A contract came with this epoch, or without one. */
  learn(epoch: string | undefined): void {
    if (epoch === undefined) this.#current = undefined;
    else if (this.#isSettled() || this.#former.size === 0) this.#current ??= epoch;
  }

  /** A call with the epoch `sent` was refused, with the service's epoch if it has one. */
  refused(sent: string, named: string | undefined): void {
    if (sent !== this.#current) return;
    if (this.#isSettled()) this.#former.clear();
    this.#former.add(sent);
    this.#current = named === undefined || this.#former.has(named) ? undefined : named;
    this.#changedAt = performance.now();
  }

  #isSettled(): boolean {
    return performance.now() - this.#changedAt > MEMORY_MS;
  }
}
