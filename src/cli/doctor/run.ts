import { CHECKS, type Check } from "./checks.js";
import { wrong, type Finding } from "./finding.js";
import { Session, type SessionOptions } from "./session.js";

/** A check and what it found. */
export interface Result extends Finding {
  readonly id: string;
  readonly title: string;
}

/** Runs every check; one whose needs are not met is skipped. Opens connections and closes them. */
export async function runChecks(options: SessionOptions): Promise<Result[]> {
  const session = new Session(options);
  const results = new Map<string, Result>();
  try {
    for (const check of CHECKS) {
      const { id, title } = check;
      results.set(id, { id, title, ...(await findingOf(check, session, results)) });
    }
    return [...results.values()];
  } finally {
    session.close();
  }
}

async function findingOf(
  check: Check,
  session: Session,
  results: ReadonlyMap<string, Result>,
): Promise<Finding> {
  const missing = check.needs
    .map((id) => results.get(id))
    .filter((needed) => needed?.status !== "ok" && needed?.status !== "warning")
    .map((needed) => needed?.title);
  if (missing.length > 0) {
    return { status: "skipped", message: `needs: ${missing.join(", ")}`, fixes: [] };
  }
  try {
    return await check.run(session);
  } catch (error) {
    return wrong(`check failed: ${(error as Error).message}`);
  }
}
