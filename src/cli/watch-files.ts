import { watch, type FSWatcher } from "node:fs";
import { dirname, resolve } from "node:path";

/** Editors write a file in several steps: wait for the last. */
const SETTLE_MS = 50;

/**
 * Calls `onChange` when one of the files changes. Watches their folders, because many editors
 * replace a file instead of writing to it.
 *
 * @returns a function that stops watching.
 */
export function watchFiles(files: Iterable<string>, onChange: () => void): () => void {
  const watched = new Set(files);
  const folders = new Set([...watched].map((file) => dirname(file)));
  let timer: NodeJS.Timeout | undefined;
  const watchers: FSWatcher[] = [...folders].map((folder) =>
    watch(folder, (_event, name) => {
      if (name === null || !watched.has(resolve(folder, name))) return;
      clearTimeout(timer);
      timer = setTimeout(onChange, SETTLE_MS);
    }),
  );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
