package rpc

import (
	"encoding/json"
	"fmt"
)

// The error codes of the protocol. A server's application uses its own from 1000 to 1999.
const (
	CodeInvalidParams    = 400 // The params do not match the method's schema.
	CodeUnauthenticated  = 401 // The caller has no identity: the token is missing, wrong or expired.
	CodePermissionDenied = 403 // The caller may not do this.
	CodeMethodNotFound   = 404 // No handler is registered for this method.
	CodeDeadlineExceeded = 408 // The call's time was up before its result arrived.
	CodeOutcomeUnknown   = 409 // The connection was lost after the call was sent: it may or may not have run.
	CodePayloadTooLarge  = 413 // The call or its reply is larger than a message may be.
	CodeRateLimited      = 429 // Too many calls: wait before the next one.
	CodeCancelled        = 499 // The caller cancelled the call.
	CodeInternal         = 500 // The handler failed: the cause is in the server's log.
	CodeInvalidResult    = 502 // The server's result does not match the contract that the client was generated from.
	CodeUnavailable      = 503 // The service cannot be reached right now: the call was not run.
)

// The codes from 400 to 1999 are those that Centrifugo leaves to applications.
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
	CodeOutcomeUnknown:   {"outcome_unknown", "The connection was lost after the call was sent: it may or may not have run.", false},
	CodePayloadTooLarge:  {"payload_too_large", "The call or its reply is larger than a message may be.", false},
	CodeRateLimited:      {"rate_limited", "Too many calls: wait before the next one.", true},
	CodeCancelled:        {"cancelled", "The caller cancelled the call.", false},
	CodeInternal:         {"internal", "The handler failed: the cause is in the server's log.", false},
	CodeInvalidResult:    {"invalid_result", "The server's result does not match the contract that the client was generated from.", false},
	CodeUnavailable:      {"unavailable", "The service cannot be reached right now: the call was not run.", true},
}

// RPCError says why a call failed. Every error that [Client.Call] returns is a *RPCError.
type RPCError struct {
	// Code is one of the Code constants, or the application's own from 1000 to 1999.
	Code int
	// Message says what happened, for people.
	Message string
	// Details is any JSON that the server added, or nil. For CodeInvalidParams that is
	// {"issues":[{"path":["user_id"],"message":"…"}]}, where path holds keys and indexes.
	Details json.RawMessage

	cause error
}

// Error gives the code, its name when it is one of the Code constants, and the message.
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

// Unwrap gives what the error came from, if the client knows it: [context.Canceled] or
// [context.DeadlineExceeded] when the call's context ended, the encoder's error for params that
// cannot be sent, an error that the method declares.
func (e *RPCError) Unwrap() error {
	return e.cause
}

// WithCause is a copy of the error that comes from cause: errors.Is and errors.As find it.
func (e *RPCError) WithCause(cause error) *RPCError {
	with := *e
	with.cause = cause
	return &with
}

// ConnectionError says why [Client.Connect] failed.
type ConnectionError struct {
	// Code is the error or disconnect code that the server gave, such as 3500 for an invalid
	// token (https://centrifugal.dev/docs/server/codes), and 0 when it gave none.
	Code int
	// Reason says what happened and, where it can, what to do.
	Reason string

	// final means that another attempt with the same URL, token and user ID would fail as well.
	final bool
	cause error
}

// Error gives the reason and the code.
func (e *ConnectionError) Error() string {
	return "connection failed: " + e.text()
}

// Unwrap gives [context.Canceled] or [context.DeadlineExceeded] when the context of Connect, or its
// 10 s, ended.
func (e *ConnectionError) Unwrap() error {
	return e.cause
}

// Unauthorized reports whether the token is the reason: it is wrong, expired or revoked, and a new
// client with another one can connect.
func (e *ConnectionError) Unauthorized() bool {
	switch e.Code {
	case centrifugoUnauthorized, centrifugoTokenExpired, centrifugoExpired, centrifugoInvalidToken:
		return true
	}
	return false
}

func (e *ConnectionError) text() string {
	if e.Code == 0 {
		return e.Reason
	}
	return fmt.Sprintf("%s (code %d)", e.Reason, e.Code)
}
