import type { ApiError } from "../model/api-model.js";
import type { GoApi } from "./go-api.js";
import { importBlock, importsOf } from "./imports.js";
import { aligned, comment, modelDoc, stringLiteral } from "./source.js";
import { goType } from "./types.js";

/** The text of `errors.go`; only for an API whose methods declare errors. */
export function errorsFile(go: GoApi): string {
  const declarations = [
    ...go.api.errors.map((error) => errorText(error, go)),
    declaredFunction(go),
  ].join("\n");
  const parts = ["package apiclient\n", importBlock(importsOf(declarations)), declarations];
  return parts.filter((part) => part !== "").join("\n");
}

function errorText(error: ApiError, go: GoApi): string {
  const name = go.names.type(error.name);
  const code = go.names.code(error);
  const doc = comment(
    "",
    modelDoc(name, error.description) ?? `${name} is an error that methods declare.`,
    `Methods that declare it give a *RPCError with the code [${code}], in which errors.As finds a *${name}.`,
  );
  const details = error.details === undefined ? [] : [["Details", goType(error.details, go)]];
  const rows = [["Message", "string"], ...details].map((cells) => ({ comment: "", cells }));
  return `// ${code} is the code of [${name}].
const ${code} = ${error.code}

${doc}type ${name} struct {
${aligned(rows)}}

// Error gives the code and the message.
func (e *${name}) Error() string {
	return ${stringLiteral(`[${error.code} ${error.name}] `)} + e.Message
}
`;
}

function declaredFunction(go: GoApi): string {
  const cases = go.api.errors.map((error) => {
    const details = error.details === undefined ? "nil" : "&cause.Details";
    return `	case ${go.names.code(error)}:
		cause := &${go.names.type(error.name)}{Message: failed.Message}
		if schemas.DecodeDetails(method, ${stringLiteral(error.name)}, failed.Details, ${details}) {
			return failed.WithCause(cause)
		}
`;
  });
  return `// declaredError gives an error its typed cause, if the method declares it.
func declaredError(method string, err error) error {
	failed, ok := err.(*RPCError)
	if !ok {
		return err
	}
	switch failed.Code {
${cases.join("")}	}
	return err
}
`;
}
