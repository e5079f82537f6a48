import { existsSync, watch, type FSWatcher } from "node:fs";
import { dirname, resolve } from "node:path";

/** How long to wait for the last of several writes by an editor. */
const SETTLE_MS = 50;

/**
 * Calls `onChange` when one of the files changes. Watches their folders, because many editors replace
 * a file instead of writing to it.
 */
export class FileWatcher {
  readonly #onChange: () => void;
  #timer: NodeJS.Timeout | undefined;
  #watchers: FSWatcher[] = [];

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Watches these files instead of the previous ones. Ignores folders that do not exist. */
  watch(files: Iterable<string>): void {
    const watched = new Set(files);
    const folders = new Set([...watched].map((file) => dirname(file)).filter(existsSync));
    const before = this.#watchers;
    this.#watchers = [...folders].map((folder) =>
      watch(folder, (_event, name) => {
        if (name === null || !watched.has(resolve(folder, name))) return;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(this.#onChange, SETTLE_MS);
      }),
    );
    // Only now, so that no change is missed between the two.
    closeAll(before);
  }

  close(): void {
    clearTimeout(this.#timer);
    closeAll(this.#watchers);
  }
}

function closeAll(watchers: readonly FSWatcher[]): void {
  for (const watcher of watchers) watcher.close();
}
