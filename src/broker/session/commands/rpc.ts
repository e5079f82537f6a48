import { ERRORS } from "../../protocol/codes.js";
import type { Command } from "../../protocol/client-commands.js";
import type { ResolvedConfig } from "../../config/config-schema.js";
import type { Connection } from "../client-connection.js";
import { RawJson } from "../../protocol/raw-json.js";

export async function rpc(connection: Connection, command: Command): Promise<void> {
  const { method, data } = command.rpc!;
  const { backend, config } = connection.core;
  if (config.rpc.ping.enabled && method === config.rpc.ping.method) {
    return connection.reply(command.id, { rpc: {} });
  }
  const proxyName = findProxy(config.rpc, method);
  const call = data === undefined ? { method } : { method, data };
  const result = await backend.rpc(connection, proxyName, call);
  connection.reply(command.id, { rpc: { data: RawJson.of(result?.data) } });
}

/**
 * The proxy of the method's namespace: https://centrifugal.dev/docs/server/proxy#rpc-proxy
 *
 * @throws CommandError 104 for a namespace that is not configured, 108 for one without a proxy.
 */
function findProxy(config: ResolvedConfig["rpc"], method: string): string {
  const { without_namespace, namespaces, namespace_boundary: boundary, ping } = config;
  const anyProxy = [without_namespace, ...namespaces].some(({ proxy_enabled }) => proxy_enabled);
  if (!anyProxy) throw ping.enabled ? ERRORS.methodNotFound : ERRORS.notAvailable;
  const end = boundary === "" ? -1 : method.indexOf(boundary);
  const namespace = method.slice(0, Math.max(0, end));
  const options =
    namespace === "" ? without_namespace : namespaces.find(({ name }) => name === namespace);
  if (options === undefined) throw ERRORS.methodNotFound;
  if (!options.proxy_enabled) throw ERRORS.notAvailable;
  return options.proxy_name;
}
