import { randomInt } from "node:crypto";
import type { Publication, StreamPosition } from "../protocol/server-messages.js";
import { ERRORS } from "../protocol/codes.js";

export interface HistoryOptions {
  size: number;
  ttl: number;
  metaTtl: number;
  version: PublicationVersion | undefined;
}

/** The version that an application gives to the state that it publishes. */
export interface PublicationVersion {
  /** 0 for none. */
  number: number;
  /** Versions of another epoch are not compared; empty for any epoch. */
  epoch: string;
}

const NO_VERSION: PublicationVersion = { number: 0, epoch: "" };

export interface HistoryFilter {
  since: { offset: number; epoch: string } | undefined;
  /** 0 for the position only, -1 for all. */
  limit: number;
  reverse: boolean;
}

interface Stream extends StreamPosition {
  publications: Publication[];
  /** The version of the last publication. */
  version: PublicationVersion;
  /** When the publications expire, in milliseconds of Unix time. */
  expiresAt: number;
  /** When the position expires. */
  removeAt: number;
}

/** The streams of all channels, as Centrifugo's memory engine keeps them. */
export class StreamStore {
  readonly #streams = new Map<string, Stream>();

  /**
   * Appends the publication and sets its offset. If its version is not greater than that of the last
   * publication, it is dropped and its offset stays 0.
   */
  add(channel: string, publication: Publication, options: HistoryOptions): StreamPosition {
    const stream = this.#open(channel, options.metaTtl);
    stream.expiresAt = Date.now() + options.ttl;
    const { version = NO_VERSION } = options;
    const comparable = version.epoch === "" || version.epoch === stream.version.epoch;
    if (version.number > 0 && comparable && version.number <= stream.version.number) {
      return positionOf(stream);
    }
    stream.version = version;
    stream.offset += 1;
    publication.offset = stream.offset;
    stream.publications.push(publication);
    if (stream.publications.length > options.size) {
      stream.publications.splice(0, stream.publications.length - options.size);
    }
    return positionOf(stream);
  }

  /** The stream's position. Creates a stream if the channel has none. */
  position(channel: string, metaTtl: number): StreamPosition {
    return positionOf(this.#open(channel, metaTtl));
  }

  /**
   * @throws CommandError 112 if `since` has another epoch, 107 for publications before offset 0.
   */
  read(channel: string, filter: HistoryFilter, metaTtl: number): ReadResult {
    const { since, limit, reverse } = filter;
    if (reverse && since?.offset === 0) throw ERRORS.badRequest;
    const stream = this.#open(channel, metaTtl);
    if (since !== undefined && since.epoch !== "" && since.epoch !== stream.epoch) {
      throw ERRORS.unrecoverablePosition;
    }
    const candidates = reverse
      ? stream.publications.toReversed().slice(startBefore(stream, since?.offset))
      : stream.publications.filter(({ offset }) => offset > (since?.offset ?? 0));
    const publications = limit < 0 ? candidates : candidates.slice(0, limit);
    return { publications, position: positionOf(stream) };
  }

  /** Frees expired streams. Reads do not depend on it. */
  sweep(): void {
    for (const channel of this.#streams.keys()) this.#current(channel);
  }

  #open(channel: string, metaTtl: number): Stream {
    const stream = this.#current(channel) ?? newStream();
    stream.removeAt = Date.now() + metaTtl;
    this.#streams.set(channel, stream);
    return stream;
  }

  #current(channel: string): Stream | undefined {
    const stream = this.#streams.get(channel);
    if (stream === undefined) return undefined;
    const now = Date.now();
    if (stream.removeAt <= now) {
      this.#streams.delete(channel);
      return undefined;
    }
    if (stream.expiresAt <= now) stream.publications = [];
    return stream;
  }
}

export interface ReadResult {
  publications: Publication[];
  position: StreamPosition;
}

/** How many of the newest publications are not before `offset`. */
function startBefore(stream: Stream, offset: number | undefined): number {
  if (offset === undefined) return 0;
  const index = stream.publications.findLastIndex(
    (publication) => publication.offset === offset - 1,
  );
  return index === -1 ? Infinity : stream.publications.length - 1 - index;
}

function positionOf({ offset, epoch }: Stream): StreamPosition {
  return { offset, epoch };
}

function newStream(): Stream {
  return {
    offset: 0,
    epoch: newEpoch(),
    publications: [],
    version: NO_VERSION,
    expiresAt: 0,
    removeAt: 0,
  };
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

function newEpoch(): string {
  return Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
}
