package rpc

import (
	"context"
	"fmt"
	"net/url"
	"time"
	"unicode/utf8"
)

// defaultTimeout is the time of a call whose context has no deadline.
const defaultTimeout = 30 * time.Second

// Option changes a setting of [New].
type Option func(*settings)

type settings struct {
	url        string
	token      string
	getToken   func(context.Context) (string, error) // nil without WithGetToken
	userID     string
	timeout    time.Duration
	trace      func(context.Context) TraceContext
	onMismatch func(ContractMismatch)
	open       opener

	// Tests shorten these.
	firstBackOff  time.Duration
	watchInterval time.Duration
}

// WithTimeout sets the time of a call whose context has no deadline; 30 s without this option. The
// server ends a call after 5 minutes, whatever its context says.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) { s.timeout = timeout }
}

// WithGetToken sets a function that returns a token of the same user. It is called when the client
// was made with an empty token, and when the token has expired or is about to; calls in flight are
// not disturbed. It has 10 s, after which ctx ends and its result is ignored.
//
// [ErrUnauthorized] from it ends the connection; after any other error the client tries again.
// Without this option the connection ends when the token expires.
func WithGetToken(getToken func(ctx context.Context) (string, error)) Option {
	return func(s *settings) { s.getToken = getToken }
}

// WithTraceContext sets a function that returns the trace in which a call is made, as a tracing
// library injects it into HTTP headers. The server's spans for the call then join it.
func WithTraceContext(trace func(ctx context.Context) TraceContext) Option {
	return func(s *settings) { s.trace = trace }
}

// callOptions are the options of calls, which are in their context.
type callOptions struct {
	idempotencyKey string
	hasKey         bool
	withoutRetry   bool
}

type callOptionsKey struct{}

func callOptionsOf(ctx context.Context) callOptions {
	options, _ := ctx.Value(callOptionsKey{}).(callOptions)
	return options
}

// WithIdempotencyKey returns a context for one call. The key stands for what the call does, with 1 to
// 128 characters: calls of the user with the same key run once and have the same result, for 24 hours,
// also in another process.
func WithIdempotencyKey(ctx context.Context, key string) context.Context {
	options := callOptionsOf(ctx)
	options.idempotencyKey, options.hasKey = key, true
	return context.WithValue(ctx, callOptionsKey{}, options)
}

// WithoutRetry returns a context for calls that end at once when the server refuses to run them now, with
// CodeRateLimited or CodeUnavailable. Other calls are then sent again until their time is up.
func WithoutRetry(ctx context.Context) context.Context {
	options := callOptionsOf(ctx)
	options.withoutRetry = true
	return context.WithValue(ctx, callOptionsKey{}, options)
}

func (o callOptions) check() error {
	length := utf8.RuneCountInString(o.idempotencyKey)
	if !o.hasKey || length > 0 && length <= maxKeyLength {
		return nil
	}
	message := fmt.Sprintf("nothing was sent: the idempotency key has %d characters: use 1 to %d", length, maxKeyLength)
	return &RPCError{Code: CodeInvalidParams, Message: message}
}

// check returns an error for settings with which every attempt to connect would fail.
func (s settings) check() error {
	endpoint, err := url.Parse(s.url)
	reason := ""
	switch {
	case err != nil || endpoint.Host == "" || endpoint.Scheme != "ws" && endpoint.Scheme != "wss":
		reason = fmt.Sprintf("the URL %q is not a WebSocket URL such as ws://localhost:8000/connection/websocket", s.url)
	case s.token == "" && s.getToken == nil:
		reason = "the token is empty: pass the user's JWT, or WithGetToken"
	case !isUserID(s.userID):
		reason = fmt.Sprintf("the user ID %q is not valid: it has 1 to 200 printable ASCII characters without '#', ',' and ':'", s.userID)
	case s.timeout <= 0:
		reason = fmt.Sprintf("WithTimeout(%v): the time of a call must be more than 0", s.timeout)
	default:
		return nil
	}
	return &ConnectionError{Reason: reason, final: true}
}
