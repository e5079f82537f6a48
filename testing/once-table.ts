import { readFileSync } from "node:fs";
import { join } from "node:path";

const guide = readFileSync(join(import.meta.dirname, "../docs/backend-guide.md"), "utf8");

/** What docs/backend-guide.md says about `once`. */
export const backendGuide = {
  /** The statements that create its table. */
  createTable: /^```sql\n(CREATE TABLE[^]*?)^```/m.exec(guide)?.[1] ?? "",
  /** The statement that deletes old rows. */
  deleteOld: /^```sql\n(DELETE FROM [^]*?)^```/m.exec(guide)?.[1] ?? "",
};
