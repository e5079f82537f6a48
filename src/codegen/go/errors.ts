import type { ApiError } from "../api-model.js";
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
  return ["package apiclient\n", importBlock(importsOf(declarations)), declarations].join("\n");
}

function errorText(error: ApiError, go: GoApi): string {
  const name = go.names.type(error.name);
  const code = go.names.code(error);
  const methods = go.api.methods
    .filter((method) => method.errors.includes(error.name))
    .map((method) => `[APIClient.${go.names.methods.get(method.name)!}]`);
  const doc = comment(
    "",
    modelDoc(name, error.description) ?? `${name} is an error that methods declare.`,
    `It is in the *RPCError of ${methods.join(", ")}, with the code [${code}]: errors.As finds a *${name} there.`,
  );
  const details = error.details === undefined ? [] : [["Details", goType(error.details, go)]];
  const rows = [["Message", "string"], ...details].map((cells) => ({ comment: "", cells }));
  return `// ${code} is the code of [${name}].
const ${code} = ${error.code}

${doc}type ${name} struct {
${aligned(rows)}}

// Error gives the code and the message.
func (e *${name}) Error() string {
	return fmt.Sprintf("[%d %s] %s", ${code}, ${stringLiteral(error.name)}, e.Message)
}
`;
}

function declaredFunction(go: GoApi): string {
  const cases = go.api.errors.map((error) => {
    const details = error.details === undefined ? "nil" : "&cause.Details";
    return `	case ${go.names.code(error)}:
		cause := &${go.names.type(error.name)}{Message: err.Message}
		if schemas.DecodeDetails(method, ${stringLiteral(error.name)}, err.Details, ${details}) {
			return err.WithCause(cause)
		}
`;
  });
  return `// declaredError gives an error its typed cause, if the method declares it.
func declaredError(method string, err *RPCError) *RPCError {
	switch err.Code {
${cases.join("")}	}
	return err
}
`;
}
