import type { Connection } from "../session/client-connection.js";
import type { ClientInfo } from "../protocol/server-messages.js";

/** Which connections there are, which channels they receive, and who is present in a channel. */
export class Hub {
  readonly #connections = new Set<Connection>();
  readonly #byUser = new Map<string, Set<Connection>>();
  readonly #subscribers = new Map<string, Set<Connection>>();
  readonly #presence = new Map<string, Map<string, ClientInfo>>();

  add(connection: Connection): void {
    this.#connections.add(connection);
    addTo(this.#byUser, connection.user, connection);
  }

  remove(connection: Connection): void {
    this.#connections.delete(connection);
    removeFrom(this.#byUser, connection.user, connection);
  }

  ofUser(user: string): Connection[] {
    return [...(this.#byUser.get(user) ?? [])];
  }

  addSubscriber(channel: string, connection: Connection): void {
    addTo(this.#subscribers, channel, connection);
  }

  removeSubscriber(channel: string, connection: Connection): void {
    removeFrom(this.#subscribers, channel, connection);
  }

  /** A copy: a delivery may end subscriptions. */
  subscribers(channel: string): Connection[] {
    return [...(this.#subscribers.get(channel) ?? [])];
  }

  /** The channels that have subscribers, with their number. */
  channels(): [channel: string, subscribers: number][] {
    return [...this.#subscribers].map(([channel, connections]) => [channel, connections.size]);
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
      num_clients: this.#connections.size,
      num_users: this.#byUser.size,
      num_subs: this.channels().reduce((sum, [, subscribers]) => sum + subscribers, 0),
      num_channels: this.#subscribers.size,
    };
  }
}

function addTo(map: Map<string, Set<Connection>>, key: string, connection: Connection): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([connection]));
  else set.add(connection);
}

function removeFrom(map: Map<string, Set<Connection>>, key: string, connection: Connection): void {
  const set = map.get(key);
  set?.delete(connection);
  if (set?.size === 0) map.delete(key);
}
