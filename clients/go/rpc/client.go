// Package rpc calls the methods of a centrifugo-rpc server over one WebSocket connection to
// Centrifugo. Generated clients add one typed method for each method of the server:
//
//	client := rpc.New("ws://localhost:8000/connection/websocket", token, "42")
//	if err := client.Connect(ctx); err != nil {
//		return err
//	}
//	defer client.Disconnect()
//	result, err := client.Call(ctx, "tasks.get_stats", map[string]string{"user_id": "42"})
//
// docs/protocol.md of centrifugo-rpc describes the messages; this package speaks version 1.
//
// Functions that an application passes to this package may use the client as they like, including
// Disconnect: the client never waits for one, except Call and Connect for those that they need.
package rpc

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Client calls a server's methods. All its methods may be used by many goroutines at once.
type Client struct {
	settings     settings
	subscriberID string
	received     received

	mu         sync.Mutex
	connection *connection    // nil before Connect and after Disconnect
	contract   *contractWatch // nil without WatchContract
}

// New returns a client that is not connected yet.
//
// url is the WebSocket endpoint of Centrifugo, such as ws://localhost:8000/connection/websocket.
// token is a JWT of the user, whose "sub" is userID; it may be empty with [WithGetToken]. Connect
// returns the error if they are not valid.
func New(url, token, userID string, opts ...Option) *Client {
	with := settings{
		url: url, token: token, userID: userID, timeout: defaultTimeout,
		trace:      func(context.Context) TraceContext { return TraceContext{} },
		onMismatch: logMismatch,
		open:       openCentrifugo,

		firstBackOff: firstBackOff, watchInterval: watchInterval,
	}
	for _, opt := range opts {
		opt(&with)
	}
	return &Client{settings: with, subscriberID: newUUIDv7(time.Now())}
}

// Connect opens the WebSocket, subscribes to the user's channel and greets the server; once it has
// returned, calls can be made. From then on the client reconnects when the connection is lost, until
// Disconnect, or until the server refuses it for good, as for an expired token.
//
// It makes one attempt, which takes at most 10 s or until ctx ends, and returns a *[ConnectionError]
// if that fails. Nothing is left open then, and Connect may be called again. On a client that is
// connected it does nothing; on one that reconnects it waits.
func (c *Client) Connect(ctx context.Context) error {
	if err := c.settings.check(); err != nil {
		return err
	}
	current, isNew := c.connectionToStart()
	var err error
	if isNew {
		err = current.start(ctx)
	} else {
		ctx, cancel := context.WithTimeout(ctx, connectTimeout)
		defer cancel()
		_, err = current.ready(ctx)
	}
	if errors.Is(err, errDisconnected) {
		return &ConnectionError{Reason: errDisconnected.Error()}
	}
	return err
}

// connectionToStart returns the connection that there is, or a new one for the caller to start.
func (c *Client) connectionToStart() (current *connection, isNew bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.connection != nil && !c.connection.state().ended {
		return c.connection, false
	}
	c.connection = newConnection(c)
	return c.connection, true
}

// Disconnect closes the connection and returns when it is closed. Calls that have not ended yet end
// with CodeCancelled, and subscriptions end. Connect may be called again.
func (c *Client) Disconnect() {
	c.mu.Lock()
	current := c.connection
	c.connection = nil
	c.mu.Unlock()
	if current != nil {
		current.disconnect()
	}
}

// Call calls a method and returns its result as JSON. params is anything that encoding/json can
// encode; nil stands for {}.
//
// The call's time ends with the deadline of ctx; without a deadline, [WithTimeout] sets it. While the
// client reconnects, a call waits for the connection within its time. If the connection is lost, the
// call is sent again, and the server does not run it a second time. It is also sent again if the server
// refuses to run it now, unless ctx is from [WithoutRetry].
//
// Every error is a *[RPCError], from the server or, among others, with one of these codes:
//
//   - CodeInvalidParams: params cannot be encoded, or the key of [WithIdempotencyKey] is not valid;
//     nothing was sent.
//   - CodePayloadTooLarge: the server does not take messages as large as this; nothing was sent.
//   - CodeUnavailable: the client is not connected, or was not within the call's time; nothing was
//     sent.
//   - CodeUnauthenticated: the connection has ended for good because of the token; nothing was sent.
//   - CodeDeadlineExceeded: the call's time was up; errors.Is finds [context.DeadlineExceeded].
//   - CodeCancelled: ctx was cancelled, and the client asks the server to stop the call; errors.Is
//     finds [context.Canceled]. Or Disconnect was called.
//   - CodeOutcomeUnknown: the call was sent, and it is not known whether it ran: its gateway is gone,
//     or the connection is lost for good.
func (c *Client) Call(ctx context.Context, method string, params interface{}) ([]byte, error) {
	encoded, err := encodeParams(params)
	if err != nil {
		return nil, invalidParams(err)
	}
	options := callOptionsOf(ctx)
	if err := options.check(); err != nil {
		return nil, err
	}
	trace := c.settings.trace(ctx)
	ctx, cancel := c.withTimeout(ctx)
	defer cancel()
	current, err := c.current()
	if err != nil {
		return nil, err
	}
	return current.call(ctx, &outgoing{
		id: newUUIDv7(time.Now()), method: method, params: encoded, trace: trace,
		idempotencyKey: options.idempotencyKey, retry: !options.withoutRetry,
	})
}

// withTimeout adds the client's timeout to a context without a deadline.
func (c *Client) withTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, c.settings.timeout)
}

func (c *Client) current() (*connection, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.connection == nil {
		return nil, &RPCError{Code: CodeUnavailable, Message: "nothing was sent: not connected: call Connect first"}
	}
	return c.connection, nil
}
