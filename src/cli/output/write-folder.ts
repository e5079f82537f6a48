import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { CliError } from "./cli-error.js";

/** Lists the generated files, so that the next run can remove stale ones. */
const LIST_FILE = ".centrifugo-rpc.json";

/**
 * Writes generated folders below `output`. All files are on disk before the first one is replaced,
 * so a failure leaves the previous files unchanged. Files that were not generated stay.
 *
 * @param folders folder → path → text.
 */
export function writeFolders(
  output: string,
  folders: ReadonlyMap<string, ReadonlyMap<string, string>>,
): void {
  mkdirSync(output, { recursive: true });
  const staging = join(output, `.centrifugo-rpc-${process.pid}`);
  try {
    for (const [folder, files] of folders) {
      for (const [path, text] of [...files, [LIST_FILE, listText(files)] as const]) {
        writeNew(join(staging, folder, path), text);
      }
    }
    for (const [folder, files] of folders) checkTargets(join(output, folder), files);
    for (const [folder, files] of folders) {
      removeStale(join(output, folder), files);
      for (const path of [...files.keys(), LIST_FILE]) {
        const target = join(output, folder, path);
        mkdirSync(dirname(target), { recursive: true });
        renameSync(join(staging, folder, path), target);
      }
    }
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Finds what would make a replacement fail halfway, or overwrite files that were not generated. */
function checkTargets(folder: string, files: ReadonlyMap<string, string>): void {
  const isGenerated = existsSync(join(folder, LIST_FILE));
  for (const path of files.keys()) {
    const target = join(folder, path);
    const existing = statSync(target, { throwIfNoEntry: false });
    if (existing?.isDirectory()) {
      throw new CliError(
        `${target} is a folder, but a file of this name must be written: move it away`,
      );
    }
    if (existing && !isGenerated) {
      throw new CliError(
        `${target} exists and was not generated: choose another --output, or move it away`,
      );
    }
  }
}

function writeNew(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function listText(files: ReadonlyMap<string, string>): string {
  return `${JSON.stringify({ files: [...files.keys()].toSorted() }, null, 2)}\n`;
}

function removeStale(folder: string, files: ReadonlyMap<string, string>): void {
  for (const path of surplusFiles(folder, files)) rmSync(join(folder, path), { force: true });
}

/** Files of the previous run that are no longer generated. */
function surplusFiles(folder: string, files: ReadonlyMap<string, string>): string[] {
  const list = join(folder, LIST_FILE);
  if (!existsSync(list)) return [];
  const before = JSON.parse(readFileSync(list, "utf8")) as { files: string[] };
  // Anyone may have edited the list: never leave the folder.
  return before.files.filter((path) => !files.has(path) && !path.split(/[\\/]/).includes(".."));
}

/** A file that is not up to date. */
export interface FileDifference {
  readonly path: string;
  readonly difference: "missing" | "stale" | "surplus";
}

/**
 * Finds the files that {@link writeFolders} would change: missing ones, ones with other content
 * (`stale`), and ones that are no longer generated (`surplus`). Writes nothing.
 */
export function compareFolders(
  output: string,
  folders: ReadonlyMap<string, ReadonlyMap<string, string>>,
): FileDifference[] {
  return [...folders].flatMap(([folder, files]) => {
    const target = join(output, folder);
    const expected = [...files, [LIST_FILE, listText(files)] as const];
    const surplus = surplusFiles(target, files).filter((path) => isFile(join(target, path)));
    return [
      ...expected.flatMap(([path, text]): FileDifference[] => {
        const file = join(target, path);
        if (!isFile(file)) return [{ path: file, difference: "missing" }];
        return readFileSync(file, "utf8") === text ? [] : [{ path: file, difference: "stale" }];
      }),
      ...surplus.map((path): FileDifference => ({
        path: join(target, path),
        difference: "surplus",
      })),
    ];
  });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
