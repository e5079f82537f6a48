/** The outcome of a check. */
export interface Finding {
  readonly status: "ok" | "warning" | "wrong" | "skipped";
  /** What was found, in one sentence, without secrets. */
  readonly message: string;
  /** What to change; several if the cause cannot be determined from outside. */
  readonly fixes: readonly Fix[];
}

/** A line that fixes the problem. Secrets appear as the name of their variable. */
export interface Fix {
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
  return { status: "ok", message, fixes: [] };
}

export function warning(message: string, ...fixes: Fix[]): Finding {
  return { status: "warning", message, fixes };
}

export function wrong(message: string, ...fixes: Fix[]): Finding {
  return { status: "wrong", message, fixes };
}
