import { DecoratorHandler, errors, Pool, type Dispatcher } from "undici";
import { CodedError, withoutTrailingSlash } from "../../protocol/index.js";
import { MAX_JSON_DEPTH, readJson, type UnreadBody } from "../http/json-body.js";
import type { TraceContext } from "../observability/trace-context.js";
import { signatureHeaders } from "./signature.js";

/** How many calls of one service run at a time; more wait. */
const MAX_CONNECTIONS = 256;
const CONNECT_TIMEOUT_MS = 2000;
/** Shorter than servers wait, so that no call meets a connection that is just closing. */
const IDLE_TIMEOUT_MS = 1000;
/** The longest that a service's `Keep-Alive` header is followed. */
const MAX_IDLE_TIMEOUT_MS = 10 * 60 * 1000;
/** How long a request for the contract, or a cancellation, may take. */
const CONTRACT_TIMEOUT_MS = 5000;
const MAX_CONTRACT_BYTES = 5 * 1024 * 1024;
/** How much of an unused body is read, and for how long, to keep its connection. */
const DISCARDED_BYTES = 64 * 1024;
const DISCARD_TIMEOUT_MS = 1000;

/** A request without a usable answer. The message is for the log. */
export class ServiceFailure extends CodedError {
  /** Whether the service may have received the request. */
  readonly sent: boolean;
  /** Whether the answer was not HTTP. */
  readonly unreadable: boolean;

  constructor(message: string, how: { sent: boolean; unreadable?: boolean; cause?: unknown }) {
    super("CRPC_SERVICE_UNAVAILABLE", message, { cause: how.cause });
    this.sent = how.sent;
    this.unreadable = how.unreadable ?? false;
  }
}

/** The answer to a call, before its body is read. */
export interface CallAnswer {
  readonly status: number;
  /** The entity tag of the service's contract. */
  readonly contractTag: string | undefined;
  /** Which call it answers. */
  readonly correlationId: string | undefined;
  /** The epoch of the calls that the service remembers, which it sends when it refuses a call. */
  readonly epoch: string | undefined;
  /** @throws ServiceFailure when the connection is lost, or the call was aborted. */
  json(): Promise<{ value: unknown } | { unread: UnreadBody }>;
  /** Discards the body. */
  discard(): void;
  /** Sends no further calls on the connections that are open now. */
  distrust(): void;
}

/** The answer to a request for the contract. */
export interface ContractAnswer {
  /** The contract as received; undefined if it still has the entity tag. */
  readonly changed: { readonly document: unknown; readonly etag: string | undefined } | undefined;
  /** The epoch of the calls that the service remembers. */
  readonly epoch: string | undefined;
}

/** Sends requests to one handler service. It follows no redirect to another host. */
export class ServiceClient {
  #calls: Pool;
  // A pool of its own, so that waiting calls do not delay the contract and cancellations.
  readonly #contracts: Pool;
  /** Pools that end with the calls that they carry. */
  readonly #distrusted = new Set<Pool>();
  readonly #origin: string;
  readonly #path: string;
  readonly #secret: string;

  constructor(url: string, secret: string) {
    const { origin, pathname } = new URL(url);
    this.#origin = origin;
    this.#calls = pool(origin, MAX_CONNECTIONS);
    this.#contracts = pool(origin, 2);
    this.#path = withoutTrailingSlash(pathname);
    this.#secret = secret;
  }

  /**
   * Sends a call.
   *
   * @throws ServiceFailure without an answer, or the signal's reason when it aborts.
   */
  async call(body: string, trace: TraceContext, signal: AbortSignal): Promise<CallAnswer> {
    signal.throwIfAborted();
    const calls = this.#calls;
    const sending = send(calls, {
      method: "POST",
      path: `${this.#path}/call`,
      headers: {
        "Content-Type": "application/json",
        ...signatureHeaders(this.#secret, "call", body),
        ...trace,
      },
      body,
      signal,
    });
    // A call that waits for a connection learns of the signal only when it has one.
    const { statusCode, headers, body: answer } = await orAborted(sending, signal);
    return {
      status: statusCode,
      contractTag: single(headers["x-rpc-contract"]),
      correlationId: single(headers["x-rpc-correlation-id"]),
      epoch: single(headers["x-rpc-epoch"]),
      json: async () => await read(answer),
      discard: () => discard(answer),
      distrust: () => this.#distrust(calls),
    };
  }

  #distrust(calls: Pool): void {
    if (calls !== this.#calls) return;
    this.#calls = pool(this.#origin, MAX_CONNECTIONS);
    this.#distrusted.add(calls);
    // It is destroyed as well when the client is closed before.
    const forget = (): unknown => this.#distrusted.delete(calls);
    void calls.close().then(forget, forget);
  }

  /**
   * Cancels a call.
   *
   * @throws ServiceFailure
   */
  async cancel(body: string): Promise<void> {
    const answer = await send(this.#contracts, {
      method: "POST",
      path: `${this.#path}/cancel`,
      headers: {
        "Content-Type": "application/json",
        ...signatureHeaders(this.#secret, "cancel", body),
      },
      body,
      signal: AbortSignal.timeout(CONTRACT_TIMEOUT_MS),
    });
    discard(answer.body);
    if (answer.statusCode === 200) return;
    throw new ServiceFailure(statusReason(answer.statusCode), { sent: true });
  }

  /**
   * Fetches the contract unless it still has the entity tag.
   *
   * @throws ServiceFailure
   */
  async contract(etag: string | undefined): Promise<ContractAnswer> {
    const { statusCode, headers, body } = await send(this.#contracts, {
      method: "GET",
      path: `${this.#path}/contract`,
      headers: {
        ...signatureHeaders(this.#secret, "contract", ""),
        ...(isHeaderText(etag) && { "If-None-Match": etag }),
      },
      signal: AbortSignal.timeout(CONTRACT_TIMEOUT_MS),
    });
    const epoch = single(headers["x-rpc-epoch"]);
    if (statusCode !== 200) {
      discard(body);
      if (statusCode === 304 && etag !== undefined) return { changed: undefined, epoch };
      throw new ServiceFailure(statusReason(statusCode), { sent: true });
    }
    const contract = await read(body, MAX_CONTRACT_BYTES);
    if ("value" in contract) {
      return { changed: { document: contract.value, etag: single(headers["etag"]) }, epoch };
    }
    throw new ServiceFailure(`its contract ${UNREAD_CONTRACT[contract.unread]}`, { sent: true });
  }

  /** Ends all requests, and closes all connections. */
  async close(): Promise<void> {
    const pools = [this.#calls, this.#contracts, ...this.#distrusted];
    await Promise.all(pools.map((each) => each.destroy()));
  }
}

const UNREAD_CONTRACT: Readonly<Record<UnreadBody, string>> = {
  too_large: `is larger than ${MAX_CONTRACT_BYTES} bytes`,
  too_deep: `is nested deeper than ${MAX_JSON_DEPTH} levels`,
  malformed: "is not valid JSON",
};

/** What this status of an answer means, and what to do about it. */
export function statusReason(status: number): string {
  if (status === 401) {
    return (
      "it refuses the signature (status 401): give both the same CENTRIFUGO_HANDLER_SERVICE_SECRET, " +
      "and check that their clocks differ by less than 300 seconds"
    );
  }
  if (status === 403 || status === 404 || (status >= 300 && status < 400)) {
    return `it answers with status ${status}: check its URL, and what stands in front of it`;
  }
  return `it answers with status ${status}`;
}

function pool(origin: string, connections: number): Pool {
  return new Pool(origin, {
    connections,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    keepAliveTimeout: IDLE_TIMEOUT_MS,
    keepAliveMaxTimeout: MAX_IDLE_TIMEOUT_MS,
    // Each request has its own signal.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** Notes when a request gets a connection: until then, nothing of it is sent. */
class SendingHandler extends DecoratorHandler {
  readonly #handler: Dispatcher.DispatchHandlers;
  readonly #onSend: () => void;

  constructor(handler: Dispatcher.DispatchHandlers, onSend: () => void) {
    super(handler);
    this.#handler = handler;
    this.#onSend = onSend;
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#onSend();
    this.#handler.onConnect?.(abort);
  }
}

async function send(
  pool: Pool,
  request: Dispatcher.RequestOptions,
): Promise<Dispatcher.ResponseData> {
  let sent = false;
  const noting = pool.compose(
    (dispatch) => (options, handler) =>
      dispatch(options, new SendingHandler(handler, () => (sent = true))),
  );
  try {
    return await noting.request(request);
  } catch (error) {
    throw failure(error, sent);
  }
}

/** Settles as `promise` does, or rejects as soon as the signal aborts. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    promise.then(resolve, reject);
  });
}

async function read(
  body: AsyncIterable<Uint8Array>,
  maxBytes?: number,
): Promise<{ value: unknown } | { unread: UnreadBody }> {
  try {
    return await readJson(body, maxBytes);
  } catch (error) {
    throw failure(error, true);
  }
}

function discard(body: Dispatcher.ResponseData["body"]): void {
  const timer = setTimeout(() => body.destroy(), DISCARD_TIMEOUT_MS).unref();
  const dumped = body.dump({ limit: DISCARDED_BYTES }).catch(() => undefined);
  void dumped.finally(() => clearTimeout(timer));
}

/** Errors of answers that are not HTTP. */
const UNREADABLE = [
  errors.HTTPParserError,
  errors.HeadersOverflowError,
  errors.ResponseContentLengthMismatchError,
];

function failure(error: unknown, sent: boolean): ServiceFailure {
  const { name, message, code = message } = error as NodeJS.ErrnoException;
  if (name === "TimeoutError") {
    return new ServiceFailure("it does not answer in time", { sent, cause: error });
  }
  const unreadable = UNREADABLE.some((kind) => error instanceof kind);
  const what = unreadable ? "its answer is not HTTP" : "it cannot be reached";
  return new ServiceFailure(`${what}: ${code}`, { sent, unreadable, cause: error });
}

/** Node reads headers as UTF-8, but sends only ASCII. */
function isHeaderText(text: string | undefined): text is string {
  return text !== undefined && /^[ -~]*$/.test(text);
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : undefined;
}
