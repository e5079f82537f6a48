import type { ApiError, ApiMethod, ApiModel } from "../model/api-model.js";
import { bracketed, group, ifBroken, indent, join, line, softline } from "../print/layout.js";
import type { Names } from "./names.js";
import { docComment, importTypes, importValues, print, stringLiteral } from "./source.js";
import { UNKNOWN_VARIANT, type TypePrinter } from "./types.js";

/** The text of `src/errors.ts`: what methods declare that they fail with. */
export function errorsFile(api: ApiModel, names: Names, types: TypePrinter): string {
  const details = api.errors.flatMap((error) =>
    error.details === undefined ? [] : types.namesIn(error.details),
  );
  const mentioned = new Set(details);
  const codec = mentioned.delete(UNKNOWN_VARIANT) ? [UNKNOWN_VARIANT] : [];
  const imports =
    importTypes([...mentioned].toSorted(), "./models.js") +
    importTypes(codec, "./rpc/client/codec/index.js") +
    importValues(["RPCError"], "./rpc/client/index.js");
  return [
    imports,
    ...api.errors.map((error) => errorClass(error, types)),
    ...api.methods.filter(isFailing).map((method) => errorUnion(method, names)),
  ].join("\n");
}

function isFailing(method: ApiMethod): boolean {
  return method.errors.length > 0;
}

function errorClass({ name, code, description, details }: ApiError, types: TypePrinter): string {
  const head = `export class ${types.identifier(name)} extends RPCError {
  override readonly name = ${stringLiteral(name)};
  declare readonly code: ${code};
`;
  const doc = docComment(0, description ?? `The error ${name} of the API.`);
  if (details === undefined) {
    return `${doc}${head}
  constructor(message: string) {
    super(${code}, message);
  }
}
`;
  }
  const type = types.afterColon(details);
  const parameters = bracketed("(", ["message: string", ["details:", type]], ")");
  return `${doc}${head}${print("declare readonly details:", [type, ";"], 1)}

${print("constructor", [parameters, " {"], 1)}
    super(${code}, message, details);
  }
}
`;
}

function errorUnion({ name, errors }: ApiMethod, names: Names): string {
  const union = names.errorUnions.get(name) ?? name;
  const classes = errors.map((error) => names.types.get(error) ?? error);
  const type =
    classes.length === 1
      ? [group(indent(line)), classes]
      : group(indent(line, group(ifBroken("| "), join([line, "| "], classes))));
  const tests = group(
    join(
      [" ||", line],
      classes.map((identifier) => `error instanceof ${identifier}`),
    ),
  );
  const condition = group(ifBroken("("), indent(softline, tests), softline, ifBroken(")"));
  const guard = bracketed("(", ["error: unknown"], ")");
  return `${docComment(0, `What \`${name}\` declares that it fails with.`)}\
${print(`export type ${union} =`, [type, ";"])}

${docComment(0, `Whether an error is one that \`${name}\` declares.`)}\
${print(`export function ${guardName(union)}`, [guard, `: error is ${union} {`])}
${print("return", [" ", classes.length === 1 ? tests : condition, ";"], 1)}
}
`;
}

function guardName(union: string): string {
  return `is${union}`;
}
