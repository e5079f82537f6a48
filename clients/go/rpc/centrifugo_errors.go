package rpc

import (
	"fmt"

	"github.com/centrifugal/centrifuge-go"
)

// centrifugoCodes holds our code for an error that Centrifugo itself answers a call with
// (https://centrifugal.dev/docs/server/codes#client-error-codes). 100 is also what it answers when
// the gateway did not reply in time, and a call that reached the gateway may have run: hence
// "outcome unknown" and not "unavailable".
var centrifugoCodes = map[int]int{
	100: CodeOutcomeUnknown,   // internal server error
	101: CodeUnauthenticated,  // unauthorized
	103: CodePermissionDenied, // permission denied
	104: CodeMethodNotFound,   // method not found
	107: CodeInvalidParams,    // bad request
	108: CodeUnavailable,      // not available: no RPC proxy for this method
	109: CodeUnauthenticated,  // token expired
	110: CodeUnauthenticated,  // expired
	111: CodeRateLimited,      // too many requests
}

// codeOfCentrifugoError gives our code. Codes from 400 come from the gateway and stay as they are.
func codeOfCentrifugoError(code int) int {
	if code >= firstCode && code <= lastCode {
		return code
	}
	if ours, ok := centrifugoCodes[code]; ok {
		return ours
	}
	return CodeInternal
}

func rpcErrorOfCentrifugo(err *centrifuge.Error) *RPCError {
	code := codeOfCentrifugoError(int(err.Code))
	if code == int(err.Code) {
		return &RPCError{Code: code, Message: err.Message, cause: err}
	}
	message := fmt.Sprintf("%s Centrifugo answered %d: %s.", errorTable[code].summary, err.Code, err.Message)
	return &RPCError{Code: code, Message: message, cause: err}
}
