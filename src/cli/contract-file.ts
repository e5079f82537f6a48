import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { buildContract, type Contract, type Registry } from "../server/index.js";
import { CliError } from "./cli-error.js";
import { findHandlersFile, loadHandlers } from "./handlers-file.js";

const jsonSchema = z.union([z.boolean(), z.looseObject({})]);

const errorType = z.object({
  name: z.string(),
  code: z.int(),
  description: z.string().optional(),
  details: jsonSchema.optional(),
});

const example = z.object({
  description: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
});

const method = z.object({
  name: z.string(),
  description: z.string().optional(),
  deprecated: z.union([z.literal(true), z.string()]).optional(),
  idempotent: z.literal(true).optional(),
  params: jsonSchema.optional(),
  result: jsonSchema.optional(),
  errors: z.array(errorType).optional(),
  examples: z.array(example).optional(),
});

const contractFile = z.object({ contract: z.literal(1), methods: z.array(method) });

/**
 * The contract of a handlers file, or the one in a `.json` file that `centrifugo-rpc contract` has
 * written; `-` is the standard input. Without a name the usual handlers files are looked for.
 *
 * @throws CliError for a file that is no contract, and for handlers that have none.
 */
export async function loadContract(named: string | undefined): Promise<Contract> {
  if (named === "-") return readContract(await text(process.stdin), "the standard input");
  const path = findHandlersFile(named);
  if (path.endsWith(".json")) return readContract(readFileSync(path, "utf8"), named ?? path);
  return contractOf((await loadHandlers(path)).registry);
}

function contractOf(registry: Registry): Contract {
  try {
    return buildContract(registry);
  } catch (error) {
    throw error instanceof TypeError ? new CliError(error.message) : error;
  }
}

function readContract(json: string, name: string): Contract {
  const parsed = contractFile.safeParse(parseJson(json, name));
  if (parsed.success) return parsed.data as Contract;
  const [issue] = parsed.error.issues;
  const place = issue && issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
  throw new CliError(
    `${name} is no contract: ${place}${issue?.message ?? "malformed"} ` +
      `(write one with "centrifugo-rpc contract --output ${name.endsWith(".json") ? name : "contract.json"}")`,
  );
}

/** @throws CliError for a text that is no JSON. */
export function parseJson(json: string, name: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new CliError(`${name} is no JSON: ${(error as Error).message}`);
  }
}
