import type { Type } from "../model/api-model.js";
import type { ClientMethod } from "../print/client-methods.js";
import { withoutNil } from "./models/encoding.js";
import type { GoApi } from "./go-api.js";
import { importBlock, importsOf } from "./imports.js";
import { comment, stringLiteral } from "./source.js";
import { goType, resolved } from "./types.js";

/** The text of `client.go`. `contractHash` is of the contract that stands beside it. */
export function clientFile(
  methods: readonly ClientMethod[],
  go: GoApi,
  contractHash: string,
): string {
  const calls = methods.map((method) => methodText(method, go));
  const kind = methods.length === 0 ? PLAIN : CHECKING;
  const parts = [CLIENT, contractText(contractHash), kind, ...calls, PTR];
  const used = calls.join("\n");
  if (used !== "") parts.push(invokeText(go));
  if (/\bcall(Value)?\[/.test(used)) parts.push(CALL);
  if (used.includes("callValue[")) parts.push(CALL_VALUE);
  const code = parts.join("\n");
  return `// Package apiclient is the typed client of an API over Centrifugo.
package apiclient

${importBlock(importsOf(code))}
${code}`;
}

const CLIENT = `// RPCError is the error of every call that failed.
type RPCError = rpc.RPCError

// WithTimeout sets the time of a call whose context has no deadline; 30 s without this option.
func WithTimeout(timeout time.Duration) rpc.Option {
	return rpc.WithTimeout(timeout)
}

// WithGetToken sets a function that gives a token of the same user: when the client was made with an
// empty one, and when the token has expired or is about to.
func WithGetToken(getToken func(ctx context.Context) (string, error)) rpc.Option {
	return rpc.WithGetToken(getToken)
}

// ErrUnauthorized is what the function of [WithGetToken] returns when the user gets no further token.
var ErrUnauthorized = rpc.ErrUnauthorized

// NewAPIClient makes a client that is not connected yet: call Connect first. url is the WebSocket
// address of Centrifugo, token the JWT of the user userID.
func NewAPIClient(url, token, userID string, opts ...rpc.Option) *APIClient {
	client := rpc.New(url, token, userID, opts...)
	client.WatchContract(rpc.EmbeddedContract(contractHash, contractJSON))
	return &APIClient{Client: client}
}
`;

function contractText(hash: string): string {
  return `// contractHash is the hash of the contract that this client was generated from.
const contractHash = ${stringLiteral(hash)}

//go:embed contract.json
var contractJSON []byte
`;
}

const PLAIN = `// APIClient has the methods of the API. Connect, Disconnect and Call are those of the base client.
type APIClient struct{ *rpc.Client }
`;

const CHECKING = `// APIClient has the methods of the API. Connect, Disconnect and Call are those of the base client.
//
// A result that does not match the contract is an error with CodeInvalidResult and the issues in its
// details.
type APIClient struct {
	*rpc.Client

	unchecked bool // whether results are taken as they are
}

// WithoutResultValidation gives a client with the same connection that takes results as they are: what
// is missing in one or null is zero.
func (api *APIClient) WithoutResultValidation() *APIClient {
	client := *api
	client.unchecked = true
	return &client
}

//go:embed schemas.json
var schemasJSON []byte

// schemas has the types of results, for their validation.
var schemas = wire.NewSchemas(schemasJSON)
`;

const PTR = `// Ptr gives a pointer to a value, as optional fields have it.
func Ptr[T any](value T) *T {
	return &value
}
`;

function invokeText({ api }: GoApi): string {
  const error = api.errors.length === 0 ? "err" : "declaredError(method, err)";
  return `// invoke makes one call and decodes its result into what result points at, unless that is nil.
func (api *APIClient) invoke(ctx context.Context, method string, params, result any) error {
	data, err := api.Call(ctx, method, params)
	if err != nil {
		return ${error}
	}
	if result == nil {
		return nil
	}
	if mismatch := schemas.DecodeResult(method, data, result, !api.unchecked); mismatch != nil {
		message := method + ": " + mismatch.Error()
		return &RPCError{Code: rpc.CodeInvalidResult, Message: message, Details: mismatch.Details()}
	}
	return nil
}
`;
}

const CALL = `// call makes one call whose result is a struct.
func call[Result any](ctx context.Context, api *APIClient, method string, params any) (*Result, error) {
	result := new(Result)
	if err := api.invoke(ctx, method, params, result); err != nil {
		return nil, err
	}
	return result, nil
}
`;

const CALL_VALUE = `// callValue makes one call whose result is no struct.
func callValue[Result any](ctx context.Context, api *APIClient, method string, params any) (result Result, err error) {
	decoded, err := call[Result](ctx, api, method, params)
	if err != nil {
		return result, err
	}
	return *decoded, nil
}
`;

function methodText(method: ClientMethod, go: GoApi): string {
  const { name, identifier, params, result } = method;
  const isNull = params !== undefined && resolved(params, go.models).kind === "null";
  const parameter = params === undefined || isNull ? "" : `, params ${goType(params, go)}`;
  const sent = isNull
    ? "wire.JSONNull{}"
    : params && (withoutNil("params", params, go) ?? "params");
  const text = `ctx, api, ${stringLiteral(name)}, ${(sent ?? "nil").replaceAll("\n", "\n\t")}`;
  const receiver = `func (api *APIClient) ${identifier}(ctx context.Context${parameter})`;
  switch (resultForm(result, go)) {
    case "none":
      return `${methodDoc(method, go)}${receiver} error {
	return api.invoke(${text.replace("ctx, api,", "ctx,")}, nil)
}
`;
    case "struct":
      return `${methodDoc(method, go)}${receiver} (*${goType(result!, go)}, error) {
	return call[${goType(result!, go)}](${text})
}
`;
    default:
      return `${methodDoc(method, go)}${receiver} (${goType(result!, go)}, error) {
	return callValue[${goType(result!, go)}](${text})
}
`;
  }
}

function methodDoc(method: ClientMethod, go: GoApi): string {
  const { name, identifier, description, deprecated, idempotent, errors } = method;
  const types = errors.map((error) => `[${go.names.type(error.name)}]`);
  return comment(
    "",
    `${identifier} calls ${name}.`,
    description,
    idempotent ? "A call may be sent again without harm." : undefined,
    types.length === 0 ? undefined : `Its errors: ${types.join(", ")}.`,
    deprecated === undefined ? undefined : { deprecated },
  );
}

/** How a method gives its result: not at all, as a pointer to a struct, or as a value. */
export function resultForm(result: Type | undefined, go: GoApi): "none" | "struct" | "value" {
  const type = result && resolved(result, go.models);
  if (type === undefined || type.kind === "null") return "none";
  if (type.kind === "tuple") return "struct";
  const model = type.kind === "model" ? go.models.get(type.model)! : undefined;
  return model?.kind === "object" || model?.kind === "union" ? "struct" : "value";
}
