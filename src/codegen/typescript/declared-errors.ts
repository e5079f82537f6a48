import type { ApiError, ApiMethod, ApiModel } from "../model/api-model.js";
import { code, list, type Code, type SourceFile } from "../print/source-file.js";
import type { Names } from "./names.js";
import { docComment, runtime, stringLiteral, union } from "./source.js";
import type { TypePrinter } from "./types.js";

/** Prints `src/errors.ts`: the errors that methods declare. */
export function printErrors(
  file: SourceFile,
  api: ApiModel,
  names: Names,
  types: TypePrinter,
): void {
  for (const error of api.errors) file.print(errorClass(error, names, types));
  for (const method of api.methods) {
    if (method.errors.length > 0) file.print(errorUnion(method, api, names));
  }
}

function errorClass(error: ApiError, names: Names, types: TypePrinter): Code {
  const { name, code: number, description } = error;
  const details = error.details && types.type(error.details);
  const parameters = ["message: string", ...(details ? [["details: ", details]] : [])];
  return code`
${docComment(description ?? `The error ${name} of the API.`)}
export class ${names.error(error)} extends ${runtime.RPCError} {
  override readonly name = ${stringLiteral(name)};
  declare readonly code: ${String(number)};
  ${details ? ["declare readonly details: ", details, ";"] : ""}

  constructor${list("(", parameters, ")")} {
    super(${String(number)}, message${details ? ", details" : ""});
  }
}
`;
}

function errorUnion({ name, errors }: ApiMethod, api: ApiModel, names: Names): Code {
  const type = names.errorUnions.get(name)!;
  const classes = api.errors
    .filter((error) => errors.includes(error.name))
    .map((error) => names.error(error));
  const tests = classes.map((identifier) => ["error instanceof ", identifier]);
  return code`
${docComment(`The errors that \`${name}\` declares.`)}
export type ${type} = ${union(classes)};

${docComment(`Whether an error is one that \`${name}\` declares.`)}
export function is${type}(error: unknown): error is ${type} {
  return ${{ items: tests, separator: " || ", flat: ["", ""], broken: ["(", ")"] }};
}
`;
}
