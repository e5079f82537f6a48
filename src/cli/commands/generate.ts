import {
  buildModel,
  generateGo,
  generatePython,
  generateTypescript,
  type GeneratedFiles,
  type GeneratorInput,
} from "../../codegen/index.js";
import { CliError } from "../output/cli-error.js";
import { loadContract } from "../project/contract-file.js";
import { packageVersion, runtimes } from "../project/package-files.js";
import { compareFolders, writeFolders } from "../output/write-folder.js";

const generators = {
  python: generatePython,
  typescript: generateTypescript,
  go: generateGo,
} satisfies Record<Language, (input: GeneratorInput) => GeneratedFiles>;

type Language = keyof typeof runtimes;

export interface GenerateOptions {
  output: string;
  all?: boolean;
  python?: boolean;
  typescript?: boolean;
  go?: boolean;
  verbose?: boolean;
  check?: boolean;
  service: string[];
}

/**
 * `generate_centrifugo_clients`: writes the clients of the chosen languages, or with `--check` reports
 * whether those that are there are what it would write.
 */
export async function generate(
  handlersFile: string | undefined,
  options: GenerateOptions,
): Promise<void> {
  const languages = (Object.keys(generators) as Language[]).filter(
    (language) => options.all || options[language],
  );
  if (languages.length === 0) {
    throw new CliError("no language chosen: use --all, or any of --python, --typescript and --go");
  }
  const model = buildModel(await loadContract(handlersFile, options.service));
  const generatorVersion = packageVersion();
  const folders = new Map(
    languages.map((language) => [
      language,
      generators[language]({ model, runtime: runtimes[language](), generatorVersion }),
    ]),
  );
  for (const { method, path, problem, fix } of model.warnings) {
    process.stderr.write(`warning: ${method} ${path}: ${problem}. Better: ${fix}.\n`);
  }
  if (options.check) {
    check(options.output, folders);
    return;
  }
  writeFolders(options.output, folders);

  if (options.verbose) {
    for (const method of model.methods) print(`method  ${method.name}`);
    for (const { name } of model.models) print(`model   ${name}`);
  }
  for (const [language, files] of folders) {
    if (options.verbose) {
      for (const path of files.keys()) print(`file    ${options.output}/${language}/${path}`);
    }
    print(`${language}: ${files.size} files in ${options.output}/${language}`);
  }
}

/** @throws CliError if the files are not up to date. */
function check(output: string, folders: ReadonlyMap<string, GeneratedFiles>): void {
  const differences = compareFolders(output, folders);
  for (const { path, difference } of differences) print(`${difference.padEnd(8)}${path}`);
  if (differences.length > 0) {
    throw new CliError(
      `the clients are not up to date (${differences.length} files differ): run the command without ` +
        `--check`,
    );
  }
  for (const [language, files] of folders) {
    print(`${language}: ${files.size} files in ${output}/${language} are up to date`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
