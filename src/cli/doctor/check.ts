import type { Session } from "./session.js";

/** One thing that has to be right for calls to work. */
export interface Check {
  /** As in `rpc-proxy`: how other checks and programs name it. */
  readonly id: string;
  /** As in `RPC proxy`. */
  readonly title: string;
  /** The checks that have to pass before: without them this one would only repeat what they found. */
  readonly needs: readonly string[];
  run(session: Session): Promise<Finding>;
}

/** What a check found. */
export interface Finding {
  readonly status: "ok" | "warning" | "wrong" | "skipped";
  /** What is the case, in one sentence. Holds no secret. */
  readonly message: string;
  /** What to change; several when it cannot be seen from outside which of them it is. */
  readonly mends: readonly Mend[];
}

/** A line that mends what is wrong. Secrets stand in it as the name of their variable. */
export interface Mend {
  /** Where the line belongs; `command` is run in a shell. */
  readonly where:
    | "centrifugo"
    | "gateway-environment"
    | "service-environment"
    | "environment"
    | "nginx"
    | "command";
  readonly line: string;
}

export function ok(message: string): Finding {
  return { status: "ok", message, mends: [] };
}

export function warning(message: string, ...mends: Mend[]): Finding {
  return { status: "warning", message, mends };
}

export function wrong(message: string, ...mends: Mend[]): Finding {
  return { status: "wrong", message, mends };
}
