package rpc

import (
	"context"
	"errors"
	"sync"
)

// ErrUnauthorized is what the function of [WithGetToken] returns, alone or wrapped, when the user gets
// no further token: the connection ends, and later calls fail with CodeUnauthenticated.
var ErrUnauthorized = errors.New("unauthorized")

// tokenSource has the token of a connection: the caller's, and then what get returns.
type tokenSource struct {
	get func(context.Context) (string, error) // nil: there is only the caller's

	mu    sync.Mutex
	token string
}

// current returns the token to connect with.
func (t *tokenSource) current(ctx context.Context) (string, error) {
	t.mu.Lock()
	token := t.token
	t.mu.Unlock()
	if token != "" {
		return token, nil
	}
	return t.next(ctx)
}

// next returns a new token. The error is a *[ConnectionError]: a final one if there is none.
func (t *tokenSource) next(ctx context.Context) (string, error) {
	if t.get == nil {
		return "", tokenExpired()
	}
	token, err := t.ask(ctx)
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

// ask calls get, and waits no longer than ctx, which get may not watch.
func (t *tokenSource) ask(ctx context.Context) (string, error) {
	ctx, stop := context.WithTimeout(ctx, connectTimeout)
	defer stop()
	type result struct {
		token string
		err   error
	}
	results := make(chan result, 1)
	go func() {
		token, err := t.get(ctx)
		results <- result{token, err}
	}()
	select {
	case given := <-results:
		return given.token, given.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// canRenew reports whether a connection that failed may succeed with the next token.
func (t *tokenSource) canRenew(err error) bool {
	refusal := new(ConnectionError)
	return t.get != nil && errors.As(err, &refusal) && refusal.Code == centrifugoTokenExpired
}
