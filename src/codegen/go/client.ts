import type { ClientMethod } from "../client-methods.js";
import { comment, stringLiteral } from "./source.js";

/** The text of `client.go`. */
export function clientFile(methods: readonly ClientMethod[]): string {
  const calls = methods.map((method) => `\n${methodText(method)}`).join("");
  const imports = ["context", ...(methods.length === 0 ? [] : ["encoding/json", "fmt"]), "time"];
  return `// Package apiclient is the typed client of an API over Centrifugo.
package apiclient

import (
${imports.map((name) => `\t"${name}"\n`).join("")}
	"apiclient/rpc"
)

// APIClient has the methods of the API. Connect, Disconnect and Call are those of the base client.
type APIClient struct{ *rpc.Client }

// RPCError is the error of every call that failed.
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
	return &APIClient{Client: rpc.New(url, token, userID, opts...)}
}
${calls}
// Ptr gives a pointer to a value, as optional fields have it.
func Ptr[T any](value T) *T {
	return &value
}
${methods.length === 0 ? "" : `\n${CALL}`}`;
}

const CALL = `// call makes one call and decodes its result.
func call[Result any](ctx context.Context, api *APIClient, method string, params any) (*Result, error) {
	data, err := api.Call(ctx, method, params)
	if err != nil {
		return nil, err
	}
	result := new(Result)
	if err := json.Unmarshal(data, result); err != nil {
		return nil, &RPCError{Code: 500, Message: fmt.Sprintf("the result of %s cannot be decoded: %v", method, err)}
	}
	return result, nil
}
`;

function methodText({ name, identifier, description, params, result }: ClientMethod): string {
  const doc = comment("", `${identifier} calls ${name}.`, description);
  return `${doc}func (api *APIClient) ${identifier}(ctx context.Context, params ${params}) (*${result}, error) {
	return call[${result}](ctx, api, ${stringLiteral(name)}, params)
}
`;
}
