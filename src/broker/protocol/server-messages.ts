import type { CommandError, Unsubscribe } from "./codes.js";
import { encodeJson, type RawJson } from "./raw-json.js";

/*
 * Messages to clients, as text: https://centrifugal.dev/docs/transports/client_protocol.
 * Zero, false, empty strings and empty lists are omitted, as in Centrifugo.
 */

/** Identifies a connection in presence, join and leave pushes, and publications by clients. */
export interface ClientInfo {
  user: string;
  client: string;
  conn_info: RawJson | undefined;
  chan_info: RawJson | undefined;
}

/** A position in a channel's stream. A new epoch means that the stream was lost. */
export interface StreamPosition {
  offset: number;
  epoch: string;
}

export interface Publication {
  data: RawJson;
  /** The client that published it; `undefined` for the server. */
  info: ClientInfo | undefined;
  tags: Record<string, string> | undefined;
  /** The application's version of the state; 0 for none. */
  version: number;
  /** 0 for a publication that is not in the history. */
  offset: number;
}

/** The ping of the protocol; the client answers with the same message. */
export const PING = "{}";

/** @param body One member, named after the command, such as `{ rpc: { data } }`. */
export function encodeReply(id: number, body: object): string {
  return encodeJson({ id, ...body });
}

export function encodeError(id: number, { code, message, temporary }: CommandError): string {
  return encodeReply(id, { error: omitEmpty({ code, message, temporary }) });
}

/** @param body One member, named after the kind of push, such as `{ pub: {...} }`. */
export function encodePush(channel: string, body: object): string {
  return encodeJson({ push: omitEmpty({ channel, ...body }) });
}

export function publicationBody({ data, info, offset, tags, version }: Publication): object {
  const hasTags = tags !== undefined && Object.keys(tags).length > 0;
  return omitEmpty({ data, info, offset, tags: hasTags ? tags : undefined, version });
}

/** As in Centrifugo, a stream's first publication has the epoch. */
export function publicationPush(channel: string, publication: Publication, epoch: string): string {
  const body = publicationBody(publication);
  return encodePush(channel, { pub: publication.offset === 1 ? { ...body, epoch } : body });
}

export function unsubscribePush(channel: string, { code, reason }: Unsubscribe): string {
  return encodePush(channel, { unsubscribe: omitEmpty({ code, reason }) });
}

/** A copy without the members that Go's `omitempty` omits. */
export function omitEmpty(members: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(members).filter(
    ([, value]) =>
      value !== undefined &&
      value !== false &&
      value !== 0 &&
      value !== "" &&
      !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept);
}
