// If a function of the application fails, the client logs the error and continues.
import { beforeEach, expect, it, vi, type Mock } from "vitest";
import { hello, reply, secrets, setUp } from "./testing/scripted-gateway.js";

const CHANNEL = "news#42";
const failure = new Error("the application failed");
const fail = (): never => {
  throw failure;
};
const reject = async (): Promise<never> => fail();

let reported: Mock<typeof console.error>;
beforeEach(() => {
  reported = vi.spyOn(console, "error").mockImplementation(() => undefined);
});
const REPORT = ["centrifugo-rpc:", failure];

it.each([fail, reject])("an onError for a callback that failed (%o)", async (onError) => {
  const { client, broker } = await setUp(() => ({ accepted: true }));
  await client.connect();
  const callback = vi.fn<() => void>().mockImplementationOnce(fail);
  await client.subscribe(CHANNEL, callback, { onError });
  const other = vi.fn<() => void>();
  await client.subscribe(CHANNEL, other);
  await broker.publish(CHANNEL, 1);
  await broker.publish(CHANNEL, 2);
  await expect.poll(() => callback.mock.calls.length).toBe(2);
  await expect.poll(() => other.mock.calls.length).toBe(2);
  expect(reported.mock.calls).toContainEqual(REPORT);
});

it.each([fail, reject])("an onError for a subscription that ended (%o)", async (onError) => {
  const { client, broker } = await setUp((request) => reply(request, { result: 1 }));
  await client.connect();
  await client.subscribe(CHANNEL, () => undefined, { onError });
  const second = vi.fn<() => void>();
  await client.subscribe(CHANNEL, () => undefined, { onError: second });
  await fetch(`${broker.apiUrl}/unsubscribe`, {
    method: "POST",
    headers: { "X-API-Key": secrets.apiKey },
    body: JSON.stringify({ user: "42", channel: CHANNEL }),
  });
  await expect.poll(() => second.mock.calls.length).toBe(1);
  expect(await client.call("any", {})).toBe(1);
  expect(reported.mock.calls).toContainEqual(REPORT);
});

it("a traceContext: the call has no trace", async () => {
  const { client, requests } = await setUp(
    (request) => reply(request, { result: 1 }),
    () => hello,
    { traceContext: fail },
  );
  await client.connect();
  expect(await client.call("any", {})).toBe(1);
  expect(requests.at(-1)?.data).not.toHaveProperty("traceparent");
  expect(reported.mock.calls).toContainEqual(REPORT);
});

it("an onMismatch: it is not called again for the same contract", async () => {
  const { client } = await setUp(
    () => ({ $rpc: 1, verdicts: {} }),
    () => ({ ...hello, contract: "h2" }),
  );
  const onMismatch = vi.fn<() => void>(fail);
  client.watchContract({ hash: "h1", load: () => Promise.resolve([]) }, onMismatch);
  for (let connection = 1; connection <= 2; connection++) {
    await client.connect();
    await client.subscribe(CHANNEL, () => undefined); // by then it would have compared
    client.disconnect();
  }
  expect(onMismatch).toHaveBeenCalledOnce();
  expect(reported.mock.calls).toContainEqual(REPORT);
});
