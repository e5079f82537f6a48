import { ok, warning, wrong, type Check } from "../check.js";
import { setting } from "../mends.js";
import { UpgradeError } from "../probe-connection.js";
import type { Session } from "../session.js";

/** No page has it: https://www.rfc-editor.org/rfc/rfc6761#section-6.4 */
const NOBODYS_ORIGIN = "https://doctor.invalid";

/** Source: https://centrifugal.dev/docs/server/configuration#clientallowed_origins */
export const origins: Check = {
  id: "origins",
  title: "Web pages",
  needs: ["websocket"],
  async run(session) {
    const { origin } = session;
    if (origin !== undefined && !(await allows(session, origin))) {
      return wrong(
        `pages of ${origin} cannot connect`,
        setting("client.allowed_origins", [origin]),
      );
    }
    if (await allows(session, NOBODYS_ORIGIN)) {
      return warning(
        "pages of every origin can connect: in production name yours",
        setting("client.allowed_origins", [origin ?? "https://app.example.com"]),
      );
    }
    return ok(
      origin === undefined
        ? "pages of unknown origins cannot connect; test yours with --origin"
        : `pages of ${origin} can connect, those of unknown origins cannot`,
    );
  },
};

async function allows(session: Session, origin: string): Promise<boolean> {
  try {
    await session.open(origin);
    return true;
  } catch (error) {
    if (error instanceof UpgradeError && error.status === 403) return false;
    throw error;
  }
}
