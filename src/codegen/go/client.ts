import { behindAlias, type Type } from "../model/api-model.js";
import type { ClientMethod } from "../print/client-methods.js";
import { code, joined, type Code, type SourceFile } from "../print/source-file.js";
import type { GoApi } from "./go-api.js";
import { withoutNil } from "./models/encoding.js";
import { comment, pkg, stringLiteral } from "./source.js";
import { goType } from "./types.js";

/** Prints `client.go`. */
export function printClient(file: SourceFile, methods: readonly ClientMethod[], go: GoApi): void {
  file.print(CONSTRUCTOR);
  file.print(code`
// contractHash is the hash of the contract that this client was generated from.
const contractHash = ${stringLiteral(go.api.contract.hash)}

${pkg.embed} contract.json
var contractJSON []byte
`);
  file.print(methods.length === 0 ? PLAIN : CHECKING);
  for (const method of methods) file.print(methodText(method, go));
  file.print(PTR);
  if (methods.length === 0) return;
  file.print(invoke(go.api.errors.length > 0));
  const forms = new Set(methods.map(({ result }) => resultForm(result, go)));
  if (forms.has("struct") || forms.has("value")) file.print(CALL);
  if (forms.has("value")) file.print(CALL_VALUE);
}

const CONSTRUCTOR = code`
// RPCError is the error of every call that failed.
type RPCError = ${pkg.rpc}.RPCError

// WithTimeout sets the time of a call whose context has no deadline; 30 s without this option.
func WithTimeout(timeout ${pkg.time}.Duration) ${pkg.rpc}.Option {
	return ${pkg.rpc}.WithTimeout(timeout)
}

// WithGetToken sets a function that returns a token of the same user: when the client was made with an
// empty one, and when the token has expired or is about to.
func WithGetToken(getToken func(ctx ${pkg.context}.Context) (string, error)) ${pkg.rpc}.Option {
	return ${pkg.rpc}.WithGetToken(getToken)
}

// WithIdempotencyKey returns a context for one call, whose key stands for what the call does: calls of the
// user with the same key run once and have the same result.
func WithIdempotencyKey(ctx ${pkg.context}.Context, key string) ${pkg.context}.Context {
	return ${pkg.rpc}.WithIdempotencyKey(ctx, key)
}

// WithoutRetry returns a context for calls that end at once when the server refuses to run them now.
func WithoutRetry(ctx ${pkg.context}.Context) ${pkg.context}.Context {
	return ${pkg.rpc}.WithoutRetry(ctx)
}

// ErrUnauthorized is what the function of [WithGetToken] returns when the user gets no further token.
var ErrUnauthorized = ${pkg.rpc}.ErrUnauthorized

// NewAPIClient makes a client that is not connected yet: call Connect first. url is the WebSocket
// address of Centrifugo, token the JWT of the user userID.
func NewAPIClient(url, token, userID string, opts ...${pkg.rpc}.Option) *APIClient {
	client := ${pkg.rpc}.New(url, token, userID, opts...)
	client.WatchContract(${pkg.rpc}.EmbeddedContract(contractHash, contractJSON))
	return &APIClient{Client: client}
}
`;

const PLAIN = code`
// APIClient has the methods of the API. Connect, Disconnect and Call are those of the base client.
type APIClient struct{ *${pkg.rpc}.Client }
`;

const CHECKING = code`
// APIClient has the methods of the API. Connect, Disconnect and Call are those of the base client.
//
// A result that does not match the contract is an error with CodeInvalidResult and the issues in its
// details.
type APIClient struct {
	*${pkg.rpc}.Client

	unchecked bool // whether results are taken as they are
}

// WithoutResultValidation returns a client with the same connection that takes results as they are: what
// is missing in one or null is zero.
func (api *APIClient) WithoutResultValidation() *APIClient {
	client := *api
	client.unchecked = true
	return &client
}

${pkg.embed} schemas.json
var schemasJSON []byte

// schemas has the types of results, for their validation.
var schemas = ${pkg.wire}.NewSchemas(schemasJSON)
`;

const PTR = code`
// Ptr returns a pointer to a value, for optional fields.
func Ptr[T any](value T) *T {
	return &value
}
`;

function invoke(hasErrors: boolean): Code {
  return code`
// invoke makes one call and decodes its result into what result points at, unless that is nil.
func (api *APIClient) invoke(ctx ${pkg.context}.Context, method string, params, result any) error {
	data, err := api.Call(ctx, method, params)
	if err != nil {
		return ${hasErrors ? "declaredError(method, err)" : "err"}
	}
	if result == nil {
		return nil
	}
	if mismatch := schemas.DecodeResult(method, data, result, !api.unchecked); mismatch != nil {
		message := method + ": " + mismatch.Error()
		return &RPCError{Code: ${pkg.rpc}.CodeInvalidResult, Message: message, Details: mismatch.Details()}
	}
	return nil
}
`;
}

const CALL = code`
// call makes one call whose result is a struct.
func call[Result any](ctx ${pkg.context}.Context, api *APIClient, method string, params any) (*Result, error) {
	result := new(Result)
	if err := api.invoke(ctx, method, params, result); err != nil {
		return nil, err
	}
	return result, nil
}
`;

const CALL_VALUE = code`
// callValue makes one call whose result is not a struct.
func callValue[Result any](ctx ${pkg.context}.Context, api *APIClient, method string, params any) (result Result, err error) {
	decoded, err := call[Result](ctx, api, method, params)
	if err != nil {
		return result, err
	}
	return *decoded, nil
}
`;

function methodText(method: ClientMethod, go: GoApi): Code {
  const { name, identifier, params, result } = method;
  const isNull = params !== undefined && behindAlias(params, go.models).kind === "null";
  const parameters: Code[] = [["ctx ", pkg.context, ".Context"]];
  if (params !== undefined && !isNull) parameters.push(["params ", goType(params, go)]);
  const sent = params && (withoutNil("params", params, go) ?? "params");
  const args = [stringLiteral(name), (isNull ? [pkg.wire, ".JSONNull{}"] : sent) ?? "nil"];
  const signature = ["func (api *APIClient) ", identifier, "(", joined(parameters, ", "), ")"];
  const type = result === undefined ? "" : goType(result, go);
  switch (resultForm(result, go)) {
    case "none":
      return code`
${methodDoc(method, go)}
${signature} error {
	return api.invoke(ctx, ${joined(args, ", ")}, nil)
}
`;
    case "struct":
      return code`
${methodDoc(method, go)}
${signature} (*${type}, error) {
	return call[${type}](ctx, api, ${joined(args, ", ")})
}
`;
    default:
      return code`
${methodDoc(method, go)}
${signature} (${type}, error) {
	return callValue[${type}](ctx, api, ${joined(args, ", ")})
}
`;
  }
}

function methodDoc(method: ClientMethod, go: GoApi): string {
  const { name, identifier, description, deprecated, idempotent, errors } = method;
  const types = errors.map((error) => `[${go.names.type(error.name)}]`);
  return comment(
    `${identifier} calls ${name}.`,
    description,
    idempotent ? "A call may be sent again without harm." : undefined,
    types.length === 0 ? undefined : `Its errors: ${types.join(", ")}.`,
    deprecated === undefined ? undefined : { deprecated },
  );
}

/** How a method returns its result: a pointer to a struct, a value, or only an error. */
export function resultForm(result: Type | undefined, go: GoApi): "none" | "struct" | "value" {
  const type = result && behindAlias(result, go.models);
  if (type === undefined || type.kind === "null") return "none";
  const model = type.kind === "model" ? go.models.get(type.model)! : undefined;
  const isStruct = type.kind === "tuple" || model?.kind === "object" || model?.kind === "union";
  return isStruct ? "struct" : "value";
}
