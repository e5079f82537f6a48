import type { HandlerServices, HandlerServiceState } from "../../gateway/index.js";
import { printable } from "./printable.js";

/** What `dev` tells of the methods and of the handler services: each line when it is news. */
export class ServiceReport {
  readonly #services: Pick<HandlerServices, "list" | "states">;
  #told: ReadonlySet<string> = new Set();

  constructor(services: Pick<HandlerServices, "list" | "states">) {
    this.#services = services;
  }

  /** The names of all methods. */
  methods(): string {
    const names = this.#services.list().map(({ name }) => name);
    return names.length > 0 ? names.join(", ") : "(none yet)";
  }

  /** The lines that were not told as they are now. */
  news(): string[] {
    const lines = [
      `Methods    ${this.methods()}`,
      ...this.#services.states().map((state) => `Services   ${describe(state)}`),
    ];
    const news = lines.filter((line) => !this.#told.has(line));
    this.#told = new Set(lines);
    return news;
  }
}

function describe(service: HandlerServiceState): string {
  const { url, state, methods } = service;
  const reason = printable(service.reason ?? "");
  if (state === "down" && methods.length === 0) return `${url} (not reached yet: ${reason})`;
  return `${url} (${countMethods(methods)}${state === "down" ? `, away: ${reason}` : ""})`;
}

/** As in "1 method" and "2 methods". */
export function countMethods({ length }: readonly unknown[]): string {
  return `${length} ${length === 1 ? "method" : "methods"}`;
}
