package rpc

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	// defaultTimeout is the time of a call whose context has no deadline.
	defaultTimeout = 30 * time.Second
	// connectTimeout bounds one attempt to connect.
	connectTimeout = 10 * time.Second
	// writeTimeout is how long a message may take to leave over a slow line.
	writeTimeout = 10 * time.Second
	// readTimeout is how long an inline reply may take: as long as any call. The SDK takes none that
	// comes later, and where very many calls are under way each takes long.
	readTimeout = 5 * time.Minute
)

// Option changes a setting of [New].
type Option func(*settings)

// WithTimeout sets the time of a call whose context has no deadline; 30 s without this option. A
// call may take at most 5 minutes, whatever the context says: the server ends it then.
//
// An inline reply, which a server sends within its first 3 s, is waited for at most the longer of
// this time and 30 s; a deferred one until the call's deadline.
func WithTimeout(timeout time.Duration) Option {
	return func(s *settings) { s.timeout = timeout }
}

// WithGetToken sets a function that gives a token of the same user. It is called when the client was
// made with an empty token, and when the token has expired or is about to; calls in flight are not
// disturbed. It has 10 s, and must return when ctx ends.
//
// [ErrUnauthorized] from it ends the connection; after any other error the client tries again. Without
// this option the connection ends when the token expires.
func WithGetToken(getToken func(ctx context.Context) (string, error)) Option {
	return func(s *settings) { s.getToken = getToken }
}

// WithTraceContext sets a function that gives the trace in which a call is made, as a tracing library
// injects it into HTTP headers. The server's spans for the call then join it.
func WithTraceContext(trace func(ctx context.Context) TraceContext) Option {
	return func(s *settings) { s.trace = trace }
}

// Client calls a server's methods. All its methods may be used by many goroutines at once.
type Client struct {
	settings      settings
	subscriptions *subscriptions
	subscriberID  string

	mu         sync.Mutex
	connection *connection    // nil before Connect and after Disconnect
	contract   *contractWatch // nil without WatchContract
}

// New makes a client that is not connected yet.
//
// url is the WebSocket endpoint of Centrifugo, such as ws://localhost:8000/connection/websocket.
// token is a JWT of the user, whose "sub" is userID; it may be empty with [WithGetToken]. What is wrong
// with them, Connect says.
func New(url, token, userID string, opts ...Option) *Client {
	with := settings{
		url: url, token: token, userID: userID, timeout: defaultTimeout, readTimeout: readTimeout,
		trace: func(context.Context) TraceContext { return TraceContext{} },
	}
	for _, opt := range opts {
		opt(&with)
	}
	return &Client{
		settings:      with,
		subscriptions: &subscriptions{channels: map[string]*channel{}},
		subscriberID:  newUUIDv7(time.Now()),
	}
}

// Connect opens the WebSocket, subscribes to the user's channel and greets the server; once it has
// returned, calls can be made. From then on the client reconnects by itself when the connection is
// lost, until Disconnect, or until the server refuses it for good, as for an expired token.
//
// It makes one attempt, which takes at most 10 s or until ctx ends, and returns a *[ConnectionError]
// when that fails. Nothing is left open then, and Connect may be called again. On a client that is
// connected it does nothing; on one that reconnects it waits.
func (c *Client) Connect(ctx context.Context) error {
	if err := c.settings.check(); err != nil {
		return err
	}
	current, isNew := c.connectionToStart()
	if isNew {
		return connectError(current.start(ctx))
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	_, err := current.ready(ctx)
	return connectError(err)
}

// Disconnect closes the connection and returns when that is done. Calls that have not ended yet end
// with CodeCancelled. Connect may be called again.
func (c *Client) Disconnect() {
	c.mu.Lock()
	current := c.connection
	c.connection = nil
	c.mu.Unlock()
	if current != nil {
		current.disconnect()
	}
	for _, opened := range c.subscriptions.open() {
		c.subscriptions.end(opened, nil)
	}
}

// Call calls a method and returns its result as JSON. params is anything that encoding/json can
// encode; nil stands for {}.
//
// The call's time is that until the deadline of ctx, or that of [WithTimeout] without one. While the
// client reconnects, a call waits for the connection within its time.
//
// Every error is a *[RPCError], from the server or, among others, with one of these codes:
//
//   - CodeInvalidParams: params cannot be encoded; nothing was sent.
//   - CodePayloadTooLarge: the server does not take messages as large as this; nothing was sent.
//   - CodeUnavailable: the client is not connected, or was not within the call's time; nothing was
//     sent.
//   - CodeUnauthenticated: the connection has ended for good because of the token; nothing was sent.
//   - CodeDeadlineExceeded: the call's time was up; errors.Is finds [context.DeadlineExceeded].
//   - CodeCancelled: ctx was cancelled, and the server is told; errors.Is finds [context.Canceled].
//     Or Disconnect was called.
//   - CodeOutcomeUnknown: the connection was lost after the call was sent; it may have run.
func (c *Client) Call(ctx context.Context, method string, params interface{}) ([]byte, error) {
	encoded, err := encodeParams(params)
	if err != nil {
		return nil, invalidParams(err)
	}
	trace := c.settings.trace(ctx)
	ctx, cancel := c.withTimeout(ctx)
	defer cancel()
	current := c.current()
	if current == nil {
		return nil, notConnected()
	}
	for {
		s, err := current.ready(ctx)
		if err != nil {
			return nil, notSentError(ctx, err)
		}
		if ctx.Err() != nil {
			return nil, contextError(ctx)
		}
		result, err := s.call(ctx, method, encoded, trace)
		if !errors.Is(err, errNotSent) {
			return result, err
		}
	}
}

// withTimeout gives a context without a deadline that of the client.
func (c *Client) withTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, c.settings.timeout)
}

func notConnected() *RPCError {
	return &RPCError{Code: CodeUnavailable, Message: "nothing was sent: not connected: call Connect first"}
}

// sessionOpened takes up what goes on through all sessions.
func (c *Client) sessionOpened(s *session) {
	for _, opened := range c.subscriptions.open() {
		if opened.name != userChannel(c.settings.userID) {
			go s.openChannel(opened)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.contract != nil {
		go c.contract.compare(s)
	}
}

// connectionEnded ends the subscriptions of a connection that does not come back.
func (c *Client) connectionEnded(why error) {
	message := "the connection has ended: " + reasonText(why)
	for _, opened := range c.subscriptions.open() {
		c.subscriptions.end(opened, &RPCError{Code: CodeUnavailable, Message: message})
	}
}

func (c *Client) current() *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.connection
}

// connectionToStart gives the connection that there is, or a new one for the caller to start.
func (c *Client) connectionToStart() (current *connection, isNew bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.connection != nil && !c.connection.state().ended {
		return c.connection, false
	}
	c.connection = newConnection(c.settings, c)
	return c.connection, true
}

// check finds what would make every attempt fail, some of it by a panic of the SDK.
func (s settings) check() error {
	endpoint, err := url.Parse(s.url)
	reason := ""
	switch {
	case err != nil || endpoint.Host == "" || endpoint.Scheme != "ws" && endpoint.Scheme != "wss":
		reason = fmt.Sprintf("the URL %q is no WebSocket URL such as ws://localhost:8000/connection/websocket", s.url)
	case strings.Contains(s.url, ","):
		reason = fmt.Sprintf("the URL %q has a comma: write it as %%2C", s.url)
	case s.token == "" && s.getToken == nil:
		reason = "the token is empty: give the user's JWT, or WithGetToken"
	case !isUserID(s.userID):
		reason = fmt.Sprintf("the user ID %q is not allowed: it has 1 to 200 printable ASCII characters without '#', ',' and ':'", s.userID)
	case s.timeout <= 0:
		reason = fmt.Sprintf("WithTimeout(%v): the time of a call is more than 0", s.timeout)
	default:
		return nil
	}
	return &ConnectionError{Reason: reason, final: true}
}

func connectError(err error) error {
	if errors.Is(err, errDisconnected) {
		return &ConnectionError{Reason: errDisconnected.Error()}
	}
	return err
}

// notSentError says how a call ended that got no session.
func notSentError(ctx context.Context, why error) *RPCError {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return contextError(ctx)
	case errors.Is(why, errDisconnected):
		return lostError(why)
	}
	code := CodeUnavailable
	if refusal := new(ConnectionError); errors.As(why, &refusal) && refusal.final && refusal.Unauthorized() {
		code = CodeUnauthenticated
	}
	return &RPCError{Code: code, Message: "nothing was sent: " + reasonText(why), cause: ctx.Err()}
}
