package rpc

import (
	"context"
	"errors"
	"fmt"

	"centrifugorpc/rpc/internal/centrifugo"
)

// Codes with which Centrifugo refuses or ends a connection because of its token, and one of the
// refusals of a channel. https://centrifugal.dev/docs/server/codes
const (
	centrifugoUnauthorized     = 101
	centrifugoPermissionDenied = 103
	centrifugoTokenExpired     = 109
	centrifugoExpired          = 110
	centrifugoInvalidToken     = 3500
)

// ConnectionError is why [Client.Connect] failed.
type ConnectionError struct {
	// Code is the error or disconnect code that the server gave, such as 3500 for an invalid
	// token (https://centrifugal.dev/docs/server/codes), and 0 if it gave none.
	Code int
	// Reason says what happened and, where it can, what to do.
	Reason string

	// final means that another attempt with the same URL, token and user ID would fail as well.
	final bool
	cause error
}

// Error returns the reason and the code.
func (e *ConnectionError) Error() string {
	return "connection failed: " + reasonText(e)
}

// Unwrap returns [context.Canceled] or [context.DeadlineExceeded] if the context of Connect, or its
// 10 s, ended, and the error of the function of [WithGetToken] if that failed.
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

// reasonText returns the reason of a failed connection, without the prefix of ConnectionError.
func reasonText(err error) string {
	refusal := new(ConnectionError)
	switch {
	case !errors.As(err, &refusal):
		return err.Error()
	case refusal.Code == 0:
		return refusal.Reason
	}
	return fmt.Sprintf("%s (code %d)", refusal.Reason, refusal.Code)
}

// isFinal reports whether the client must not reconnect after an error.
func isFinal(err error) bool {
	refusal := new(ConnectionError)
	return errors.Is(err, errDisconnected) || errors.As(err, &refusal) && refusal.final
}

// connectionError returns what the server's refusal of a connection means.
func connectionError(refusal *centrifugo.Error) *ConnectionError {
	e := &ConnectionError{Code: refusal.Code, Reason: refusal.Message, final: !refusal.Temporary}
	switch e.Code {
	case centrifugoTokenExpired:
		return tokenExpired()
	case centrifugoInvalidToken:
		e.Reason += ": the server does not accept the token, for its signature, its claims or a revocation"
	}
	return e
}

func tokenExpired() *ConnectionError {
	const reason = "the token has expired: make a new client with a new token, or use WithGetToken"
	return &ConnectionError{Code: centrifugoTokenExpired, Reason: reason, final: true}
}

// openError returns why opening a session failed: what the server said, unless ctx has ended; late
// says what had not happened by then.
func openError(ctx context.Context, err error, late string) *ConnectionError {
	refusal := new(centrifugo.Error)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return &ConnectionError{Reason: "connecting was cancelled", cause: ctx.Err()}
	case ctx.Err() == nil && errors.As(err, &refusal):
		return connectionError(refusal)
	}
	return &ConnectionError{Reason: late, cause: ctx.Err()}
}

// subscriptionRefused returns what a refusal of the user's channel means.
func subscriptionRefused(channel string, refusal *centrifugo.Error) *ConnectionError {
	reason := fmt.Sprintf("the subscription to %s was refused: %s", channel, refusal.Message)
	if refusal.Code == centrifugoPermissionDenied {
		reason += ". The token and userID belong to different users, or the server does not allow user channels"
	}
	return &ConnectionError{Code: refusal.Code, Reason: reason, final: !refusal.Temporary}
}

// helloError returns what a refusal of $rpc.hello means. Only a refusal of the caller is final: the
// others go away when the gateway is there.
func helloError(refusal *centrifugo.Error) *ConnectionError {
	code := rpcErrorOfCentrifugo(refusal).Code
	reason := fmt.Sprintf("%s failed: %s", helloMethod, refusal.Message)
	switch code {
	case CodeOutcomeUnknown:
		reason += ": the gateway behind Centrifugo does not answer"
	case CodeMethodNotFound, CodeUnavailable:
		reason += ": Centrifugo has no RPC proxy to a gateway"
	}
	final := code == CodeUnauthenticated || code == CodePermissionDenied || code == CodeInvalidParams
	return &ConnectionError{Code: refusal.Code, Reason: reason, final: final}
}
