package rpc

import (
	"context"
	"errors"
	"sync"
)

// ErrUnauthorized is what the function of [WithGetToken] returns, alone or wrapped, when the user gets
// no further token: the connection ends, and later calls fail with CodeUnauthenticated.
var ErrUnauthorized = errors.New("unauthorized")

// tokenSource has the token of a connection: the caller's, and then what get gives.
type tokenSource struct {
	get func(context.Context) (string, error) // nil: there is only the caller's

	mu    sync.Mutex
	token string
}

// current gives the token to connect with.
func (t *tokenSource) current(ctx context.Context) (string, error) {
	t.mu.Lock()
	token := t.token
	t.mu.Unlock()
	if token != "" {
		return token, nil
	}
	return t.next(ctx)
}

// next gives a new token. The error is a *ConnectionError: a final one when there is none.
func (t *tokenSource) next(ctx context.Context) (string, error) {
	if t.get == nil {
		return "", endError(centrifugoTokenExpired, "", true)
	}
	ctx, stop := context.WithTimeout(ctx, connectTimeout)
	defer stop()
	token, err := t.get(ctx)
	switch {
	case errors.Is(err, ErrUnauthorized):
		return "", &ConnectionError{Code: centrifugoUnauthorized, Reason: "WithGetToken: " + err.Error(), final: true, cause: err}
	case err != nil:
		return "", &ConnectionError{Reason: "WithGetToken: " + err.Error(), cause: err}
	case token == "":
		return "", &ConnectionError{Code: centrifugoUnauthorized, Reason: "WithGetToken: the token is empty", final: true}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.token = token
	return token, nil
}

// canRenew reports whether a connection that failed may succeed with the next token.
func (t *tokenSource) canRenew(err error) bool {
	refusal := new(ConnectionError)
	return t.get != nil && errors.As(err, &refusal) && refusal.Code == centrifugoTokenExpired
}
