import { readContract } from "../../../contract/index.js";
import { checkServiceContract, signatureHeaders } from "../../../gateway/index.js";
import { printable } from "../../output/printable.js";
import { countMethods } from "../../output/service-report.js";
import { ok, wrong, type Check, type Finding, type Mend } from "../check.js";
import { ask, UnreachableError, type Answer } from "../http.js";
import { command, variable } from "../mends.js";
import type { Session } from "../session.js";

/** How far apart two clocks may be for a signature, in milliseconds: docs/handler-services.md. */
const SIGNATURE_MS = 300_000;

/** Each handler service as it is seen from here, without the gateway in between. */
export const handlerServices: Check = {
  id: "handler-services",
  title: "Handler services",
  needs: [],
  async run(session) {
    const { handlerServices: urls } = session.config;
    if (urls.length === 0) return ok("none are configured");
    const services = await Promise.all(urls.map((url) => askService(url, session)));
    const problems = services.flatMap(({ problem }) => problem ?? []);
    if (problems.length > 0) {
      const messages = problems.map(({ message }) => message);
      return wrong(messages.join("; "), ...distinct(problems.flatMap(({ mends }) => mends)));
    }
    const twice = inTwoPlaces(services);
    if (twice.length > 0) {
      return wrong(`${twice.join("; ")}: give it another name in one of them`);
    }
    const counts = services.map(({ url, methods }) => `${url} (${countMethods(methods)})`);
    return ok(`the signature is taken by ${counts.join(", ")}`);
  },
};

/** A service, with its methods or with what is wrong. */
interface AskedService {
  readonly url: string;
  readonly methods: readonly string[];
  readonly problem?: Finding;
}

function failed(url: string, problem: Finding): AskedService {
  return { url, methods: [], problem };
}

async function askService(url: string, session: Session): Promise<AskedService> {
  try {
    const answer = await ask(`${url}/contract`, session.now, {
      headers: signatureHeaders(session.config.handlerServiceSecret, "contract", ""),
      redirect: "manual",
    });
    if (answer.status === 401) return failed(url, refused(url, answer));
    if (answer.status >= 500) return failed(url, failing(url, answer.status));
    if (answer.status !== 200) {
      return failed(url, misconfigured(`${url}/contract gave HTTP status ${answer.status}`));
    }
    return contractOf(url, answer.json);
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    const message = `${url} cannot be reached: ${error.message}: start it, or correct its URL`;
    return failed(url, misconfigured(message));
  }
}

function contractOf(url: string, document: unknown): AskedService {
  const reason = (error: unknown): string => printable((error as Error).message);
  if (document === undefined) return failed(url, misconfigured(`${url}/contract gave no JSON`));
  try {
    readContract(document);
  } catch (error) {
    return failed(url, misconfigured(`${url}/contract gave no contract: ${reason(error)}`));
  }
  try {
    return { url, methods: checkServiceContract(document).methods.map(({ name }) => name) };
  } catch (error) {
    return failed(url, wrong(`the gateway does not take the contract of ${url}: ${reason(error)}`));
  }
}

/** Nothing of the configuration mends it. */
function failing(url: string, status: number): Finding {
  const why = status === 503 ? "it stops, or has too much to do" : "its log says why";
  return wrong(`${url}/contract gave HTTP status ${status}: ${why}`);
}

function misconfigured(message: string): Finding {
  return wrong(message, variable("handlerServices", "http://localhost:8000/centrifugo-rpc"));
}

/** It cannot be seen which of the two is wrong, but by its clock. */
function refused(url: string, { clockAheadMs }: Answer): Finding {
  const secrets = [
    variable("handlerServiceSecret", "<that of the service>"),
    variable("handlerServiceSecret", "<that of doctor's environment>", "service-environment"),
  ];
  const clocks = command("timedatectl set-ntp true");
  if (clockAheadMs === undefined) {
    return wrong(
      `${url} refuses the signature: the secrets or the clocks differ`,
      ...secrets,
      clocks,
    );
  }
  if (Math.abs(clockAheadMs) < SIGNATURE_MS) {
    return wrong(`${url} refuses the signature: the secrets differ`, ...secrets);
  }
  const seconds = Math.round(Math.abs(clockAheadMs) / 1000);
  const direction = clockAheadMs > 0 ? "ahead of" : "behind";
  return wrong(`${url} refuses the signature: its clock is ${seconds} s ${direction} ours`, clocks);
}

/** As in `"tasks.add" is in http://a and http://b`. */
function inTwoPlaces(services: readonly AskedService[]): string[] {
  const places = new Map<string, string[]>();
  for (const { url, methods } of services) {
    for (const method of methods) places.set(method, [...(places.get(method) ?? []), url]);
  }
  return [...places]
    .filter(([, urls]) => urls.length > 1)
    .map(([method, urls]) => `"${method}" is in ${urls.join(" and ")}`);
}

function distinct(mends: readonly Mend[]): Mend[] {
  return [...new Map(mends.map((mend) => [`${mend.where} ${mend.line}`, mend])).values()];
}
