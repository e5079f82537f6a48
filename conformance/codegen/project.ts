import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { text } from "node:stream/consumers";

/** A temporary folder with files, for the tools of a language. */
export class Project implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "centrifugo-rpc-"));

  write(folder: string, files: Iterable<readonly [path: string, text: string]>): void {
    for (const [path, text] of files) {
      const target = join(this.folder, folder, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
  }

  /** The paths of all files in a folder, sorted. */
  files(folder: string): string[] {
    const root = join(this.folder, folder);
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
      .toSorted();
  }

  /** Runs a command in the folder and gives what it prints. */
  run(command: string, args: readonly string[]): { status: number | null; output: string } {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: this.folder,
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    });
    return { status, output: [stdout, stderr, error?.message].filter(Boolean).join("\n") };
  }

  /** Runs a command in the folder beside servers of this process, and gives what it prints. */
  async runWhile(
    command: string,
    args: readonly string[],
  ): Promise<{ status: number | null; output: string }> {
    const child = spawn(command, args, { cwd: this.folder, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close") as Promise<[number | null]>,
    ]);
    return { status, output: status === 0 ? stdout : stdout + stderr };
  }

  /** What a command prints when it fails, or nothing. */
  complaints(command: string, args: readonly string[]): string {
    const { status, output } = this.run(command, args);
    return status === 0 ? "" : `exit code ${status}\n${output.slice(0, 8000)}`;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The code of the README's example: the block of a language. */
export function exampleOf(readme: string | undefined, language: string): string {
  const code = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(readme ?? "")?.[1];
  if (code === undefined) throw new Error(`no ${language} in the README`);
  return code;
}
