import { CentrifugoRPCClient, type TransportFactory } from "../client/index.js";
import {
  createGateway,
  createMemoryAckStore,
  MESSAGE_SIZE_LIMIT,
  type GatewayOptions,
} from "../gateway/index.js";
import {
  bindPublisher,
  buildContract,
  createRouter,
  defaultRegistry,
  type Methods,
  type RouterOptions,
} from "../handlers/index.js";
import { Channels, InMemoryTransport } from "./in-memory-transport.js";

/** The options of {@link createTestClient}. */
export interface TestClientOptions
  extends RouterOptions, Pick<GatewayOptions, "log" | "inlineTimeoutMs"> {
  /** Who calls. Default `"test"`. */
  userId?: string;
  /** The `meta` claim of the caller's token. Default `{}`. */
  meta?: Readonly<Record<string, unknown>>;
}

/** A `CentrifugoRPCClient`: this package's, or the copy in a folder of generated clients. */
export type ClientClass<Client extends TestableClient> = new (
  url: string,
  token: string,
  userId: string,
  options: { transport: TransportFactory },
) => Client;

/** What {@link createTestClient} needs of a client. */
export interface TestableClient {
  connect(): Promise<void>;
}

/** The channels of all test clients of this process, as those of one Centrifugo. */
const channels = new Channels();
const acks = createMemoryAckStore();

/**
 * Creates a client for unit tests that calls `handlers` in this process: with the code of the
 * client, the gateway and the router, but without a socket. It is connecting already. Channels are
 * shared by all test clients; `publisher` of handlers publishes to them.
 *
 * @param handlers whose methods to call. Default: the default registry
 * @param options with `client`, the class of the client to create: that of a generated folder
 *
 * @throws ArgumentError when a method's schemas cannot be expressed in a contract.
 *
 * @example
 * ```ts
 * import { APIClient, CentrifugoRPCClient } from "./clients/typescript/src/index.js";
 *
 * const rpc = createTestClient(defaultRegistry(), { client: CentrifugoRPCClient, userId: "42" });
 * const stats = await new APIClient(rpc).tasksGetStats({ user_id: "42" });
 * ```
 */
export function createTestClient(
  handlers?: Methods,
  options?: TestClientOptions,
): CentrifugoRPCClient;
export function createTestClient<Client extends TestableClient>(
  handlers: Methods,
  options: TestClientOptions & { client: ClientClass<Client> },
): Client;
export function createTestClient(
  handlers: Methods = defaultRegistry(),
  options: TestClientOptions & { client?: ClientClass<TestableClient> } = {},
): TestableClient {
  const { client: Client = CentrifugoRPCClient, userId = "test", meta = {} } = options;
  const gateway = createGateway({
    ...options,
    router: createRouter(handlers, options),
    publisher: channels,
    acks,
    contract: buildContract(handlers),
    maxMessageBytes: MESSAGE_SIZE_LIMIT,
  });
  const onClose = bindPublisher(gateway.publisher);
  const client = new Client("in-memory:", "", userId, {
    transport: (target, events) =>
      new InMemoryTransport({ gateway, channels, meta, onClose }, target, events),
  });
  // It rejects if the test disconnects first; a test that waits for it sees that itself.
  client.connect().catch(() => undefined);
  return client;
}
