import type { ApiError } from "../model/api-model.js";
import { code, joined, type Code, type SourceFile } from "../print/source-file.js";
import type { GoApi } from "./go-api.js";
import { aligned, comment, modelDoc, stringLiteral, type Row } from "./source.js";
import { goType } from "./types.js";

/** Prints `errors.go`; only for an API whose methods declare errors. */
export function printErrors(file: SourceFile, go: GoApi): void {
  for (const error of go.api.errors) file.print(errorType(error, go));
  file.print(declaredError(go));
}

function errorType(error: ApiError, go: GoApi): Code {
  const name = go.names.type(error.name);
  const constant = go.names.code(error);
  const rows: Row[] = [{ cells: ["Message", "string"] }];
  if (error.details !== undefined) rows.push({ cells: ["Details", goType(error.details, go)] });
  return code`
// ${constant} is the code of [${name}].
const ${constant} = ${String(error.code)}

${comment(
  modelDoc(name, error.description) ?? `${name} is an error that methods declare.`,
  `Methods that declare it return a *RPCError with the code [${constant}], in which errors.As finds a *${name}.`,
)}
type ${name} struct {
	${aligned(rows)}
}

// Error returns the code and the message.
func (e *${name}) Error() string {
	return ${stringLiteral(`[${error.code} ${error.name}] `)} + e.Message
}
`;
}

function declaredError(go: GoApi): Code {
  const cases = go.api.errors.map((error) => {
    const details = error.details === undefined ? "nil" : "&cause.Details";
    return code`
case ${go.names.code(error)}:
	cause := &${go.names.type(error.name)}{Message: failed.Message}
	if schemas.DecodeDetails(method, ${stringLiteral(error.name)}, failed.Details, ${details}) {
		return failed.WithCause(cause)
	}
`;
  });
  return code`
// declaredError adds its typed cause to an error, if the method declares it.
func declaredError(method string, err error) error {
	failed, ok := err.(*RPCError)
	if !ok {
		return err
	}
	switch failed.Code {
	${joined(cases, "\n")}
	}
	return err
}
`;
}
