package rpc

import (
	"fmt"
	"strings"

	"github.com/centrifugal/centrifuge-go"
)

// Codes with which Centrifugo refuses or ends a connection because of its token.
// https://centrifugal.dev/docs/server/codes
const (
	centrifugoUnauthorized = 101
	centrifugoTokenExpired = 109
	centrifugoExpired      = 110
	centrifugoInvalidToken = 3500
)

// endError is what a code and reason mean with which the connection has ended.
func endError(code uint32, reason string, final bool) *ConnectionError {
	e := &ConnectionError{Code: int(code), Reason: reason, final: final}
	if code < 100 { // one of the SDK's own: the server's start at 100
		e.Code = 0
	}
	switch e.Code {
	case centrifugoTokenExpired:
		e.Reason = "the token has expired: make a new client with a new token, or give it WithGetToken"
	case centrifugoInvalidToken:
		e.Reason += ": the server does not accept the token, for its signature, its claims or a revocation"
	}
	return e
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
	code := rpcErrorOfCentrifugo(err).Code
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
