import { createPublisher, wireResult, type PublisherOptions } from "../../gateway/index.js";
import { type AckOptions, type PublishResult } from "../../handlers/index.js";
import { loadProjectSettings } from "../../config/index.js";
import { ErrorCode } from "../../protocol/index.js";
import { CliError } from "../output/cli-error.js";
import { parseJson, readArgument } from "../json.js";
import { requireEnabled } from "../enabled.js";
import { findGateway, refusedKey } from "../project/gateway.js";

export interface PublishCommandOptions {
  waitForAck?: true | number | "all";
  ackTimeout?: number;
}

/** `publish`: publishes through the gateway and prints the result as JSON. */
export async function publish(
  channel: string,
  dataText: string,
  { waitForAck, ackTimeout }: PublishCommandOptions,
): Promise<void> {
  const data = parseJson(
    await readArgument(dataText),
    "the data is",
    ` (a text needs quotes: '"hello"')`,
  );
  const settings = await loadProjectSettings();
  requireEnabled(settings);
  const gateway = findGateway(settings);
  if (!gateway) {
    throw new CliError(
      `no gateway to publish through: set CENTRIFUGO_WRAPPER_URL and CENTRIFUGO_WRAPPER_API_KEY, ` +
        `or run "centrifugo-rpc dev" in this folder`,
    );
  }
  const result = await send(gateway, channel, data, {
    ...(waitForAck !== undefined && { acks: waitForAck === true ? 1 : waitForAck }),
    ...(ackTimeout !== undefined && { timeout: ackTimeout }),
  });
  process.stdout.write(`${JSON.stringify(wireResult(result), null, 2)}\n`);
  if (result.error?.code === ErrorCode.unauthenticated) {
    throw new CliError(refusedKey(gateway.wrapperUrl));
  }
  if (result.status !== "success") process.exitCode = 1;
}

/** @throws CliError for invalid arguments. */
async function send(
  gateway: PublisherOptions,
  channel: string,
  data: unknown,
  options: AckOptions,
): Promise<PublishResult> {
  try {
    const publisher = createPublisher(gateway);
    return options.acks === undefined
      ? await publisher.publish(channel, data)
      : await publisher.publishWithAck(channel, data, options);
  } catch (error) {
    throw error instanceof TypeError ? new CliError(error.message) : error;
  }
}
