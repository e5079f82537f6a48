import { expect, onTestFinished, vi } from "vitest";
import { RPCError } from "../../../protocol/index.js";
import { type ConnectionContext, createCaller, Registry } from "../../../handlers/index.js";
import { connectHandlerServices, type HandlerServicesOptions } from "../handler-services.js";
import { type LoggedLine, recordingLogger } from "../../../../testing/recording-logger.js";
import {
  type Answer,
  type ReceivedCall,
  ScriptedService,
} from "../../../../testing/scripted-service.js";

/** For what a test waits for. */
export const WAIT = { timeout: 30_000, interval: 5 };
/** Contracts are asked for soon enough for a test. */
export const POLL = { pollMs: 5 };
/** Contracts are not asked for again within a test. */
export const NO_POLL = { pollMs: 600_000 };

/** Starts a service that stops at the end of the test. */
export async function startService(
  ...args: Parameters<typeof ScriptedService.start>
): Promise<ScriptedService> {
  const service = await ScriptedService.start(...args);
  onTestFinished(() => service.stop());
  return service;
}

/** Connects to services until the end of the test. Contracts are not asked for again by default. */
export async function connect(
  scripted: readonly ScriptedService[],
  options: Partial<HandlerServicesOptions> = {},
) {
  const { log, lines, logged } = recordingLogger();
  const onChange = vi.fn<() => void>();
  const services = await connectHandlerServices({
    urls: scripted.map(({ url }) => url),
    secret: scripted[0]!.secret,
    handlers: new Registry(),
    ...NO_POLL,
    log,
    onChange,
    ...options,
  });
  onTestFinished(() => services.close());
  const call = async (
    method: string,
    params: unknown,
    conn: Partial<ConnectionContext> = {},
  ): Promise<unknown> =>
    await createCaller({ registry: services, conn: { log, ...conn } }).call(method, params);
  return { services, call, lines, logged, onChange };
}

/** Starts a service with the method `test.run`, and connects to it; `call` calls this method. */
export async function connectOne({
  onCall,
  ...options
}: { onCall?: Answer<ReceivedCall> } & Partial<HandlerServicesOptions> = {}) {
  const service = await startService(["test.run"]);
  if (onCall) service.onCall = onCall;
  const connected = await connect([service], options);
  const call = async (params: unknown, conn?: Partial<ConnectionContext>): Promise<unknown> =>
    await connected.call("test.run", params, conn);
  return { ...connected, service, call };
}

/** The error that a call ends with. */
export async function failure(call: Promise<unknown>): Promise<RPCError> {
  const error = await call.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RPCError);
  return error as RPCError;
}

/** What was logged as wrong. */
export function problems(lines: readonly LoggedLine[]): LoggedLine[] {
  return lines.filter(({ level }) => level === "warn" || level === "error");
}
