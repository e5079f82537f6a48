import {
  buildModel,
  generateGo,
  generatePython,
  generateTypescript,
  type GeneratedFiles,
  type GeneratorInput,
} from "../codegen/index.js";
import { buildContract, type Contract, type Registry } from "../server/index.js";
import { CliError } from "./cli-error.js";
import { findHandlersFile, loadHandlers } from "./handlers-file.js";
import { packageVersion, runtimes } from "./package-files.js";
import { writeFolders } from "./write-folder.js";

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
}

/** `generate_centrifugo_clients`: writes the clients of the chosen languages. */
export async function generate(
  handlersFile: string | undefined,
  options: GenerateOptions,
): Promise<void> {
  const languages = (Object.keys(generators) as Language[]).filter(
    (language) => options.all || options[language],
  );
  if (languages.length === 0) {
    throw new CliError("no language chosen: give --all, or any of --python, --typescript, --go");
  }
  const { registry } = await loadHandlers(findHandlersFile(handlersFile));
  const contract = contractOf(registry);
  const generatorVersion = packageVersion();
  const folders = new Map(
    languages.map((language) => [
      language,
      generators[language]({ contract, runtime: runtimes[language](), generatorVersion }),
    ]),
  );
  writeFolders(options.output, folders);

  if (options.verbose) {
    const model = buildModel(contract);
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

function contractOf(registry: Registry): Contract {
  try {
    return buildContract(registry);
  } catch (error) {
    throw new CliError((error as Error).message);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
