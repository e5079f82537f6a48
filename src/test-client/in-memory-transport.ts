import type {
  ConnectionTarget,
  Transport,
  TransportError,
  TransportEvents,
} from "../client/index.js";
import type { Gateway, Publisher } from "../gateway/index.js";
import { uuidv7, userChannel } from "../protocol/index.js";

/** Channels without Centrifugo: who is subscribed to each of them. */
export class Channels implements Publisher {
  readonly #subscribers = new Map<string, Set<InMemoryTransport>>();

  /** Whether a user may subscribe: to the channels that `centrifugoConfig()` opens. */
  allows(channel: string, userId: string): boolean {
    const [, users] = channel.split("#");
    return users === undefined ? channel.startsWith("events:") : users.split(",").includes(userId);
  }

  join(channel: string, transport: InMemoryTransport): void {
    const subscribers = this.#subscribers.get(channel) ?? new Set();
    this.#subscribers.set(channel, subscribers.add(transport));
  }

  leave(channel: string, transport: InMemoryTransport): void {
    this.#subscribers.get(channel)?.delete(transport);
  }

  leaveAll(transport: InMemoryTransport): void {
    for (const subscribers of this.#subscribers.values()) subscribers.delete(transport);
  }

  async publish(
    channel: string,
    data: unknown,
    { tags = {} }: { tags?: Readonly<Record<string, string>> } = {},
  ): Promise<void> {
    for (const { events } of this.#subscribers.get(channel) ?? []) {
      events.publication(channel, { data: throughJson(data), tags });
    }
  }

  async presence(channel: string): Promise<{ client: string; user: string }[]> {
    return [...(this.#subscribers.get(channel) ?? [])].map(({ clientId, userId }) => ({
      client: clientId,
      user: userId,
    }));
  }
}

/** Whom a transport without a socket calls. */
export interface InMemoryServer {
  readonly gateway: Gateway;
  readonly channels: Channels;
  /** The `meta` claim of the caller's token. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** Is called when the transport closes. */
  onClose(): void;
}

/** Hands commands to a gateway in this process, as JSON, in place of Centrifugo. */
export class InMemoryTransport implements Transport {
  readonly clientId = uuidv7();
  readonly userId: string;
  readonly events: TransportEvents;
  readonly #server: InMemoryServer;

  constructor(server: InMemoryServer, { userId }: ConnectionTarget, events: TransportEvents) {
    this.#server = server;
    this.userId = userId;
    this.events = events;
  }

  async connect(): Promise<void> {
    this.#server.channels.join(userChannel(this.userId), this);
    this.events.connected();
  }

  async rpc(method: string, data: unknown): Promise<unknown> {
    const { result, error } = await this.#server.gateway.rpc({
      client: this.clientId,
      transport: "in_memory",
      protocol: "json",
      encoding: "json",
      user: this.userId,
      meta: this.#server.meta,
      method,
      data: throughJson(data),
    });
    if (error) throw error satisfies TransportError;
    return throughJson(result?.data);
  }

  async subscribe(channel: string): Promise<void> {
    const { channels } = this.#server;
    if (!channels.allows(channel, this.userId)) {
      throw { code: 103, message: "permission denied" } satisfies TransportError;
    }
    channels.join(channel, this);
  }

  unsubscribe(channel: string): void {
    this.#server.channels.leave(channel, this);
  }

  close(): void {
    this.#server.channels.leaveAll(this);
    this.#server.onClose();
  }
}

function throughJson(data: unknown): unknown {
  return data === undefined ? undefined : (JSON.parse(JSON.stringify(data)) as unknown);
}
