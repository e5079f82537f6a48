import { readContract } from "../../../contract/index.js";
import { checkServiceContract, signatureHeaders } from "../../../gateway/index.js";
import { printable } from "../../output/printable.js";
import { countMethods } from "../../output/service-report.js";
import { type Finding, type Fix, ok, wrong } from "../finding.js";
import { type Answer, UnreachableError, ask } from "../http-probe.js";
import { command, variable } from "../fixes.js";
import type { Session } from "../session.js";

/** How far apart two clocks may be for a signature, in milliseconds: docs/handler-services.md. */
const SIGNATURE_MS = 300_000;

/** Each handler service, asked directly. */
export async function handlerServices(session: Session): Promise<Finding> {
  const { handlerServices: urls } = session.config;
  if (urls.length === 0) return ok("none are configured");
  const services = await Promise.all(urls.map((url) => askService(url, session)));
  const problems = services.flatMap(({ problem }) => problem ?? []);
  if (problems.length > 0) {
    const messages = problems.map(({ message }) => message);
    return wrong(messages.join("; "), ...distinct(problems.flatMap(({ fixes }) => fixes)));
  }
  const twice = inTwoPlaces(services);
  if (twice.length > 0) {
    return wrong(`${twice.join("; ")}: rename it in one of them`);
  }
  const counts = services.map(({ url, methods }) => `${url} (${countMethods(methods)})`);
  return ok(`the signature is accepted by ${counts.join(", ")}`);
}

/** A service with its methods or its problem. */
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
      return failed(url, misconfigured(`${url}/contract returned HTTP status ${answer.status}`));
    }
    return contractOf(url, answer.json);
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    const message = `${url} cannot be reached: ${error.message}: start it or correct its URL`;
    return failed(url, misconfigured(message));
  }
}

function contractOf(url: string, document: unknown): AskedService {
  const reason = (error: unknown): string => printable((error as Error).message);
  if (document === undefined)
    return failed(url, misconfigured(`${url}/contract did not return JSON`));
  try {
    readContract(document);
  } catch (error) {
    return failed(
      url,
      misconfigured(`${url}/contract did not return a contract: ${reason(error)}`),
    );
  }
  try {
    return { url, methods: checkServiceContract(document).methods.map(({ name }) => name) };
  } catch (error) {
    return failed(
      url,
      wrong(`the gateway does not accept the contract of ${url}: ${reason(error)}`),
    );
  }
}

/** No setting fixes it. */
function failing(url: string, status: number): Finding {
  const why = status === 503 ? "it is stopping or overloaded" : "see its log";
  return wrong(`${url}/contract returned HTTP status ${status}: ${why}`);
}

function misconfigured(message: string): Finding {
  return wrong(message, variable("handlerServices", "http://localhost:8000/centrifugo-rpc"));
}

/** The service does not say which of the two is wrong; its clock does. */
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
  return wrong(
    `${url} refuses the signature: its clock is ${seconds} s ${direction} this machine's`,
    clocks,
  );
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

function distinct(fixes: readonly Fix[]): Fix[] {
  return [...new Map(fixes.map((fix) => [`${fix.where} ${fix.line}`, fix])).values()];
}
