import { RPCError } from "../../protocol/rpc-error.js";
import type { ContractMismatch } from "../contract-check.js";
import type { CallOptions } from "../rpc-client.js";
import { Codec } from "./codec.js";
import type { ApiSchemas, ErrorSchema, MethodSchema } from "./schema.js";

/** The options of a generated `APIClient`. */
export interface APIClientOptions {
  /**
   * Whether results are checked: one that does not match the contract rejects with code 502 and the
   * issues in its details. Results that contain `bigint`, bytes or open unions are always checked.
   * Default true.
   */
  validateResults?: boolean;
  /**
   * Called when the server's contract differs from the one that this client was generated from, once
   * for each contract of the server. Default: a warning on the console.
   */
  onContractMismatch?: (mismatch: ContractMismatch) => void;
}

/** Makes the calls: a `CentrifugoRPCClient`. */
interface Caller {
  call(method: string, params: unknown, options?: CallOptions): Promise<unknown>;
}

/** Calls methods whose types are known, for generated clients. */
export class TypedCalls {
  readonly #rpc: Caller;
  readonly #schemas: ApiSchemas;
  readonly #codec: Codec;
  readonly #validates: boolean;

  constructor(rpc: Caller, schemas: ApiSchemas, options: APIClientOptions = {}) {
    this.#rpc = rpc;
    this.#schemas = schemas;
    this.#codec = new Codec(schemas.models);
    this.#validates = options.validateResults ?? true;
  }

  /**
   * Calls a method.
   *
   * @typeParam Result - the type of the result in `schemas`
   *
   * @throws RPCError invalid_params if the params do not match (nothing is sent), invalid_result if
   * the result does not; an error that the method declares, as its own class.
   */
  async call<Result>(name: string, params: unknown, options?: CallOptions): Promise<Result> {
    const method = this.#schemas.methods[name];
    if (method === undefined) throw new TypeError(`no method ${name}`);
    const sent =
      method.params === undefined ? undefined : this.#codec.encode(method.params, params, name);
    let received: unknown;
    try {
      received = await this.#rpc.call(name, sent, options);
    } catch (error) {
      throw this.#declared(method, error);
    }
    return this.#result(name, method, received) as Result;
  }

  #result(name: string, { result }: MethodSchema, value: unknown): unknown {
    if (result === undefined) return undefined;
    if (!this.#validates && !this.#codec.converts(result)) return value;
    return this.#codec.decode(result, value, name);
  }

  /** Returns the error as the class that the method declares for its code, if any. */
  #declared(method: MethodSchema, error: unknown): unknown {
    if (!(error instanceof RPCError)) return error;
    for (const name of method.errors ?? []) {
      const known = this.#schemas.errors[name];
      if (known?.code !== error.code) continue;
      try {
        return new known.type(error.message, this.#details(known, error) as never);
      } catch (mismatch) {
        if (!(mismatch instanceof RPCError)) throw mismatch;
      }
    }
    return error;
  }

  #details({ details }: ErrorSchema, error: RPCError): unknown {
    return details === undefined ? error.details : this.#codec.decode(details, error.details);
  }
}
