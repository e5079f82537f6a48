/**
 * What several gateways behind one balancer know in common of the calls that run: the second
 * sending of a call and its cancellation may reach another gateway than the call itself.
 *
 * A key stands for one call of one user. Every method rejects when the store cannot be reached.
 */
export interface CallStore {
  /**
   * Claims a call for `ttlMs` milliseconds. `false` when it is claimed already: the gateway that
   * has it learns from {@link release} that it must publish the reply.
   */
  claim(key: string, ttlMs: number): Promise<boolean>;
  /**
   * Gives up a claim that {@link claim} gave. `true` when another gateway tried to claim the call
   * meanwhile, and so waits for its reply.
   */
  release(key: string): Promise<boolean>;
  /** Tells the gateway that claimed the call to stop it. `false` when nobody has claimed it. */
  cancel(key: string): Promise<boolean>;
  /** Has `listener` called with the key of each call that any gateway cancels. */
  onCancel(listener: (key: string) => void): void;
  /** Ends the connection to the store. Close the gateway first: it still gives up its claims. */
  close(): Promise<void>;
}
