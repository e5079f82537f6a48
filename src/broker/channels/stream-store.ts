import { randomInt } from "node:crypto";
import type { Publication, StreamPosition } from "../protocol/server-messages.js";
import { ERRORS } from "../protocol/codes.js";

export interface HistoryOptions {
  size: number;
  ttl: number;
  metaTtl: number;
}

export interface HistoryFilter {
  since: { offset: number; epoch: string } | undefined;
  /** 0 for the position only, -1 for everything. */
  limit: number;
  reverse: boolean;
}

interface Stream extends StreamPosition {
  publications: Publication[];
  /** When the publications are dropped, in milliseconds of Unix time. */
  expiresAt: number;
  /** When the position is forgotten. */
  removeAt: number;
}

/** The streams of all channels, as Centrifugo's memory engine keeps them. */
export class StreamStore {
  readonly #streams = new Map<string, Stream>();

  /** Appends the publication and sets its offset. */
  add(channel: string, publication: Publication, options: HistoryOptions): StreamPosition {
    const stream = this.#open(channel, options.metaTtl);
    stream.offset += 1;
    stream.expiresAt = Date.now() + options.ttl;
    publication.offset = stream.offset;
    stream.publications.push(publication);
    if (stream.publications.length > options.size) {
      stream.publications.splice(0, stream.publications.length - options.size);
    }
    return positionOf(stream);
  }

  /** The stream's position; a channel without a stream gets one. */
  position(channel: string, metaTtl: number): StreamPosition {
    return positionOf(this.#open(channel, metaTtl));
  }

  /**
   * @throws CommandError 112 when `since` is of another epoch, 107 for the publications before the
   *   first one.
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

  /** Frees what has expired; reading does not depend on it. */
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

/** How many of the newest publications lie outside of "before `offset`". */
function startBefore(stream: Stream, offset: number | undefined): number {
  if (offset === undefined || offset > stream.offset + 1)
    return offset === undefined ? 0 : Infinity;
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
    expiresAt: 0,
    removeAt: 0,
  };
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

function newEpoch(): string {
  return Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
}
