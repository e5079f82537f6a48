import type { HandlerServices, HandlerServiceState } from "../../gateway/index.js";
import { printable } from "./printable.js";

/** The lines that `dev` prints about methods and handler services, each when it changes. */
export class ServiceReport {
  readonly #services: Pick<HandlerServices, "list" | "states">;
  #printed: ReadonlySet<string> = new Set();

  constructor(services: Pick<HandlerServices, "list" | "states">) {
    this.#services = services;
  }

  /** The names of all methods. */
  methods(): string {
    const names = this.#services.list().map(({ name }) => name);
    return names.length > 0 ? names.join(", ") : "(none yet)";
  }

  /** The lines that have changed since the last call. */
  news(): string[] {
    const lines = [
      `Methods    ${this.methods()}`,
      ...this.#services.states().map((state) => `Services   ${describe(state)}`),
    ];
    const news = lines.filter((line) => !this.#printed.has(line));
    this.#printed = new Set(lines);
    return news;
  }
}

function describe(service: HandlerServiceState): string {
  const { url, state, methods } = service;
  const reason = printable(service.reason ?? "");
  if (state === "down" && methods.length === 0) return `${url} (not reached yet: ${reason})`;
  return `${url} (${countMethods(methods)}${state === "down" ? `, away: ${reason}` : ""})`;
}

/** "1 method", "2 methods". */
export function countMethods({ length }: readonly unknown[]): string {
  return `${length} ${length === 1 ? "method" : "methods"}`;
}
