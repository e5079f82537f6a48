package rpc

import (
	"fmt"
	"strings"

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

// rpcErrorOfCentrifugo gives our error for one of Centrifugo's own. Its message says first what the
// error means here, then what Centrifugo said. Codes from 400 come from the gateway and stay as they
// are, with their message.
func rpcErrorOfCentrifugo(err *centrifuge.Error) *RPCError {
	code := int(err.Code)
	if code >= firstCode && code <= lastCode {
		return &RPCError{Code: code, Message: err.Message, cause: err}
	}
	ours, ok := centrifugoCodes[code]
	if !ok {
		ours = CodeInternal
	}
	meaning := strings.TrimSuffix(errorTable[ours].summary, ".")
	if ours == CodeOutcomeUnknown {
		meaning = "The gateway gave no reply: the call may or may not have run"
	}
	return &RPCError{Code: ours, Message: fmt.Sprintf("%s (Centrifugo: %d %s)", meaning, code, err.Message), cause: err}
}
