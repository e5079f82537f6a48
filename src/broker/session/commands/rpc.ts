import { ERRORS } from "../../protocol/codes.js";
import type { Command } from "../../protocol/client-commands.js";
import type { ResolvedConfig } from "../../config/config-schema.js";
import type { ClientConnection } from "../client-connection.js";
import { RawJson } from "../../protocol/raw-json.js";

export async function rpc(connection: ClientConnection, command: Command): Promise<void> {
  const { method, data } = command.rpc!;
  const { backend, config } = connection.core;
  checkMethod(config.rpc, method);
  const call = data === undefined ? { method } : { method, data };
  const result = await backend.rpc(connection, call);
  connection.reply(command.id, { rpc: { data: RawJson.of(result?.data) } });
}

/**
 * Checks that methods go to the RPC proxy: https://centrifugal.dev/docs/server/proxy#rpc-proxy
 *
 * @throws CommandError 104 for a method of a namespace, 108 without a proxy.
 */
function checkMethod(config: ResolvedConfig["rpc"], method: string): void {
  if (!config.without_namespace.proxy_enabled) throw ERRORS.notAvailable;
  if (method.indexOf(config.namespace_boundary) > 0) throw ERRORS.methodNotFound;
}
