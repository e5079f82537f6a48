import type { Disconnect, Unsubscribe } from "../protocol/codes.js";
import type { ClientInfo, StreamPosition } from "../protocol/server-messages.js";

/** A connected client, as its channels see it. */
export interface Client {
  readonly id: string;
  readonly user: string;
  deliver(channel: string, position: StreamPosition, push: string): void;
  /** Sends a join or leave push if the client asked for them. */
  deliverJoinLeave(channel: string, push: string): void;
  close(disconnect: Disconnect): void;
  /** Ends a subscription and reports the reason to the client. */
  unsubscribe(channel: string, reason: Unsubscribe): Promise<void>;
}

/** All connections, the subscribers of each channel, and its presence. */
export class Hub {
  readonly #byUser = new Map<string, Set<Client>>();
  readonly #subscribers = new Map<string, Set<Client>>();
  readonly #presence = new Map<string, Map<string, ClientInfo>>();

  add(connection: Client): void {
    addTo(this.#byUser, connection.user, connection);
  }

  remove(connection: Client): void {
    removeFrom(this.#byUser, connection.user, connection);
  }

  ofUser(user: string): Client[] {
    return [...(this.#byUser.get(user) ?? [])];
  }

  addSubscriber(channel: string, connection: Client): void {
    addTo(this.#subscribers, channel, connection);
  }

  removeSubscriber(channel: string, connection: Client): void {
    removeFrom(this.#subscribers, channel, connection);
  }

  /** A copy: a delivery may end subscriptions. */
  subscribers(channel: string): Client[] {
    return [...(this.#subscribers.get(channel) ?? [])];
  }

  addPresence(channel: string, info: ClientInfo): void {
    const present = this.#presence.get(channel) ?? new Map<string, ClientInfo>();
    this.#presence.set(channel, present.set(info.client, info));
  }

  removePresence(channel: string, client: string): void {
    const present = this.#presence.get(channel);
    present?.delete(client);
    if (present?.size === 0) this.#presence.delete(channel);
  }

  presence(channel: string): Record<string, ClientInfo> {
    return Object.fromEntries(this.#presence.get(channel) ?? []);
  }

  presenceStats(channel: string): { num_clients: number; num_users: number } {
    const present = [...(this.#presence.get(channel)?.values() ?? [])];
    return {
      num_clients: present.length,
      num_users: new Set(present.map(({ user }) => user)).size,
    };
  }

  counts(): { num_clients: number; num_users: number; num_subs: number; num_channels: number } {
    return {
      num_clients: sizeOf(this.#byUser),
      num_users: this.#byUser.size,
      num_subs: sizeOf(this.#subscribers),
      num_channels: this.#subscribers.size,
    };
  }
}

function addTo(map: Map<string, Set<Client>>, key: string, connection: Client): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([connection]));
  else set.add(connection);
}

function sizeOf(map: ReadonlyMap<string, ReadonlySet<Client>>): number {
  return [...map.values()].reduce((sum, { size }) => sum + size, 0);
}

function removeFrom(map: Map<string, Set<Client>>, key: string, connection: Client): void {
  const set = map.get(key);
  set?.delete(connection);
  if (set?.size === 0) map.delete(key);
}
