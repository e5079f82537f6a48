package rpc

import (
	"fmt"
	"strings"

	"github.com/centrifugal/centrifuge-go"
)

// Codes of Centrifugo and of its SDK for a refused connection.
// https://centrifugal.dev/docs/server/codes
const (
	sdkUnauthorized = 1
	tokenExpired    = 109
	invalidToken    = 3500
)

// serverCode is the code of an event, or 0 for one that the SDK made up: the server's start at 100.
func serverCode(code uint32) int {
	if code < 100 {
		return 0
	}
	return int(code)
}

// explain adds to the server's word what to do.
func explain(code uint32, reason string) string {
	switch code {
	case sdkUnauthorized, tokenExpired:
		return "the token has expired: make a new client with a new token"
	case invalidToken:
		return reason + ": the server does not accept the token's signature or claims"
	}
	return reason
}

// dialReason says why the WebSocket could not be opened.
func dialReason(err error) string {
	text := strings.TrimPrefix(err.Error(), "error dial: ")
	if strings.Contains(text, "bad handshake") {
		text += ": the URL is no WebSocket endpoint of Centrifugo, whose path is /connection/websocket by default"
	}
	return "the server cannot be reached: " + text
}

// helloError says what an error in answer to $rpc.hello means. Only a refusal of the caller is
// final: the others go away when the gateway is there.
func helloError(err *centrifuge.Error) *ConnectionError {
	code := codeOfCentrifugoError(int(err.Code))
	reason := fmt.Sprintf("%s failed: %s", helloMethod, err.Message)
	switch code {
	case CodeOutcomeUnknown:
		reason += ": the gateway behind Centrifugo does not answer"
	case CodeMethodNotFound, CodeUnavailable:
		reason += ": Centrifugo has no RPC proxy to a gateway"
	}
	final := code == CodeUnauthenticated || code == CodePermissionDenied || code == CodeInvalidParams
	return &ConnectionError{Code: int(err.Code), Reason: reason, final: final}
}
