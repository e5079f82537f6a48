import { RawClient } from "../../testing/raw-client.js";
import { sign } from "../../testing/tokens.js";
import { SUITE_HMAC_SECRET, type Stack } from "../stack/stack.js";

/** How a broker or the gateway refuses a command. */
export interface Refusal {
  code: number;
  message: string;
}

/** A user with a right token, who then sends what no client of ours would. */
export class Attacker {
  private constructor(readonly socket: RawClient) {}

  static async connect(stack: Stack, user: string, meta?: Record<string, unknown>) {
    return await Attacker.#withToken(stack, await stack.token(user, meta && { meta }));
  }

  /** Connects with a right token for any `sub`, also for one that our own `createToken` refuses. */
  static async connectAs(stack: Stack, user: string) {
    return await Attacker.#withToken(stack, await sign({ sub: user }, SUITE_HMAC_SECRET));
  }

  static async #withToken(stack: Stack, token: string) {
    const socket = await RawClient.open(stack.url);
    const reply = await socket.call({ connect: { token } });
    if (!("connect" in reply)) throw new Error(`connect failed: ${JSON.stringify(reply)}`);
    return new Attacker(socket);
  }

  /** The data of the reply to an `rpc` command, or how it was refused. */
  async rpc(method: string, data: unknown, more: object = {}): Promise<Record<string, unknown>> {
    const { rpc, error } = await this.socket.call({ rpc: { method, data, ...more } });
    return {
      ...(rpc as { data?: object } | undefined)?.data,
      ...(error ? { refused: error } : {}),
    };
  }

  /** The result of a call in an envelope, or its error. */
  async call(method: string, params: unknown, more: object = {}): Promise<Record<string, unknown>> {
    const { result, error, refused } = await this.rpc(method, {
      $rpc: 1,
      correlation_id: `call-${crypto.randomUUID()}`,
      params,
      ...more,
    });
    return (result ?? { refused: error ?? refused }) as Record<string, unknown>;
  }

  /** Why a publication was refused, or `undefined`. */
  async publish(channel: string, data: unknown): Promise<Refusal | undefined> {
    const { error } = await this.socket.call({ publish: { channel, data } });
    return error as Refusal | undefined;
  }

  /** Why a subscription was refused, or `undefined`. */
  async subscribe(channel: string): Promise<Refusal | undefined> {
    const { error } = await this.socket.call({ subscribe: { channel } });
    return error as Refusal | undefined;
  }

  /** The data of the next publication on a channel. */
  async published(channel: string): Promise<unknown> {
    const message = await this.socket.take(
      ({ push }) => (push as { channel?: string; pub?: object } | undefined)?.channel === channel,
    );
    return (message["push"] as { pub: { data: unknown } }).pub.data;
  }

  close(): void {
    this.socket.close();
  }
}
