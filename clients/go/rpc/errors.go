package rpc

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"centrifugorpc/rpc/internal/centrifugo"
)

// The error codes of the protocol. A server's application uses its own from 1000 to 1999.
const (
	CodeInvalidParams    = 400 // The params do not match the method's schema.
	CodeUnauthenticated  = 401 // The caller has no identity: the token is missing, wrong or expired.
	CodePermissionDenied = 403 // The caller may not do this.
	CodeMethodNotFound   = 404 // No handler is registered for this method.
	CodeDeadlineExceeded = 408 // The call's time was up before its result arrived.
	CodeOutcomeUnknown   = 409 // The call was sent, but it is not known whether it ran.
	CodePayloadTooLarge  = 413 // The call or its reply is larger than a message may be.
	CodeRateLimited      = 429 // Too many calls: wait before the next one.
	CodeCancelled        = 499 // The caller cancelled the call.
	CodeInternal         = 500 // The handler failed: the cause is in the server's log.
	CodeInvalidResult    = 502 // The server's result does not match the contract that the client was generated from.
	CodeUnavailable      = 503 // The service cannot be reached right now: the call was not run.
)

// Centrifugo leaves the codes from 400 to 1999 to applications.
const (
	firstCode = 400
	lastCode  = 1999
)

type errorRow struct {
	name      string
	summary   string
	retryable bool
}

var errorTable = map[int]errorRow{
	CodeInvalidParams:    {"invalid_params", "The params do not match the method's schema.", false},
	CodeUnauthenticated:  {"unauthenticated", "The caller has no identity: the token is missing, wrong or expired.", false},
	CodePermissionDenied: {"permission_denied", "The caller may not do this.", false},
	CodeMethodNotFound:   {"method_not_found", "No handler is registered for this method.", false},
	CodeDeadlineExceeded: {"deadline_exceeded", "The call's time was up before its result arrived.", false},
	CodeOutcomeUnknown:   {"outcome_unknown", "The call was sent, but it is not known whether it ran.", false},
	CodePayloadTooLarge:  {"payload_too_large", "The call or its reply is larger than a message may be.", false},
	CodeRateLimited:      {"rate_limited", "Too many calls: wait before the next one.", true},
	CodeCancelled:        {"cancelled", "The caller cancelled the call.", false},
	CodeInternal:         {"internal", "The handler failed: the cause is in the server's log.", false},
	CodeInvalidResult:    {"invalid_result", "The server's result does not match the contract that the client was generated from.", false},
	CodeUnavailable:      {"unavailable", "The service cannot be reached right now: the call was not run.", true},
}

// RPCError is why a call failed. Every error that [Client.Call] returns is a *RPCError.
type RPCError struct {
	// Code is one of the Code constants, or the application's own from 1000 to 1999.
	Code int
	// Message states what happened, for developers.
	Message string
	// Details is any JSON that the server added, or nil. For CodeInvalidParams that is
	// {"issues":[{"path":["user_id"],"message":"…"}]}, where path holds keys and indexes.
	Details json.RawMessage

	cause error
}

// Error returns the code, its name when it is one of the Code constants, and the message.
func (e *RPCError) Error() string {
	if row, ok := errorTable[e.Code]; ok {
		return fmt.Sprintf("[%d %s] %s", e.Code, row.name, e.Message)
	}
	return fmt.Sprintf("[%d] %s", e.Code, e.Message)
}

// Retryable reports whether the same call may be sent again and can then succeed without a change
// by the caller.
func (e *RPCError) Retryable() bool {
	return errorTable[e.Code].retryable
}

// retryAfter returns how long the server asks to wait before the next attempt.
func (e *RPCError) retryAfter() time.Duration {
	var details struct {
		Milliseconds float64 `json:"retry_after_ms"`
	}
	if json.Unmarshal(e.Details, &details) != nil {
		return 0
	}
	const longest = 24 * 60 * 60 * 1000 // so that the result is exact
	return time.Duration(min(details.Milliseconds, longest) * float64(time.Millisecond))
}

// Unwrap returns the cause, if the client knows it: [context.Canceled] or [context.DeadlineExceeded]
// if the call's context ended, the encoder's error for params that cannot be sent, an error that the
// method declares.
func (e *RPCError) Unwrap() error {
	return e.cause
}

// WithCause returns a copy of the error with a cause, which errors.Is and errors.As find.
func (e *RPCError) WithCause(cause error) *RPCError {
	with := *e
	with.cause = cause
	return &with
}

// centrifugoCodes has this package's code for an error with which Centrifugo itself answers a call
// (https://centrifugal.dev/docs/server/codes#client-error-codes). It also answers 100 when the gateway
// did not reply in time, and a call that reached the gateway may have run: hence "outcome unknown" and
// not "unavailable".
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

// rpcErrorOfCentrifugo returns the error for one of Centrifugo's own. Its message states the meaning,
// and then Centrifugo's message. Errors from the gateway, whose codes start at 400, stay as they are.
func rpcErrorOfCentrifugo(refusal *centrifugo.Error) *RPCError {
	if refusal.Code >= firstCode && refusal.Code <= lastCode {
		return &RPCError{Code: refusal.Code, Message: refusal.Message}
	}
	code, ok := centrifugoCodes[refusal.Code]
	if !ok {
		code = CodeInternal
	}
	meaning := strings.TrimSuffix(errorTable[code].summary, ".")
	if code == CodeOutcomeUnknown {
		meaning = "The gateway gave no reply: the call may or may not have run"
	}
	return &RPCError{Code: code, Message: fmt.Sprintf("%s (Centrifugo: %d %s)", meaning, refusal.Code, refusal.Message)}
}
