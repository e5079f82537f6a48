package rpc

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
)

// Message is a publication on a channel.
type Message struct {
	Channel string
	Data    json.RawMessage
	// ID is the ID under which it was published when the publisher waits for acknowledgements, and
	// empty otherwise.
	ID string
	// Tags are the publication's tags (https://centrifugal.dev/docs/server/server_api#publish).
	Tags map[string]string
}

// Subscription is one callback of one channel. A channel may have several.
type Subscription struct {
	// Channel is the channel's name.
	Channel string

	opened      *channel
	callback    func(context.Context, Message) error
	handleError func(error)
	ctx         context.Context // ends with the subscription
	stop        context.CancelFunc

	mu    sync.Mutex
	queue []func()      // what is to be done, so that the connection never waits for the application
	more  chan struct{} // has room for one: something was queued
}

// Unsubscribe hands no more messages to the callback, and ends the context of one that runs. It may be
// called again.
func (s *Subscription) Unsubscribe() {
	s.stop()
	s.opened.leave(s)
}

// SubscribeOption changes a setting of [Client.Subscribe].
type SubscribeOption func(*Subscription)

// WithErrorHandler sets a function that receives what the callback returns as an error, and the
// *[RPCError] of a subscription that the server has ended. Without it they are logged with
// [slog.Default].
func WithErrorHandler(handle func(error)) SubscribeOption {
	return func(s *Subscription) { s.handleError = handle }
}

// Subscribe calls a function with what is published on a channel, one message after the other, and
// returns once the server has accepted. It goes on after a reconnect, with what was missed if the
// channel keeps a history, and ends with Disconnect and when the connection is closed for good.
//
// A message whose publisher waits for it is acknowledged when the function has returned nil. The
// function's context ends with the subscription.
//
// Every error is a *[RPCError]: CodePermissionDenied for a channel that the user may not have,
// CodeUnavailable without a connection, CodeDeadlineExceeded when ctx or, without a deadline, the time
// of [WithTimeout] ends, CodeCancelled when Disconnect is called meanwhile.
func (c *Client) Subscribe(
	ctx context.Context, channel string, callback func(ctx context.Context, message Message) error, opts ...SubscribeOption,
) (*Subscription, error) {
	ctx, cancel := c.withTimeout(ctx)
	defer cancel()
	current, err := c.current()
	if err != nil {
		return nil, err
	}
	if _, err := current.ready(ctx); err != nil {
		return nil, notSentError(ctx, err)
	}
	s := newSubscription(channel, callback, opts)
	s.opened = current.listen(channel, s)
	if err := s.begin(ctx); err != nil {
		s.Unsubscribe()
		return nil, err
	}
	return s, nil
}

func newSubscription(channel string, callback func(context.Context, Message) error, opts []SubscribeOption) *Subscription {
	s := &Subscription{Channel: channel, callback: callback, handleError: logError, more: make(chan struct{}, 1)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	for _, opt := range opts {
		opt(s)
	}
	return s
}

// begin waits until the server has accepted, and then begins to hand over messages. It fails if the
// subscription has ended meanwhile.
func (s *Subscription) begin(ctx context.Context) error {
	select {
	case <-s.opened.settled:
	case <-ctx.Done():
		return contextError(ctx, "cannot subscribe to "+s.Channel+": the server did not answer in time")
	}
	switch {
	case s.opened.err != nil:
		return s.opened.err
	case s.ctx.Err() != nil:
		return lostError(errDisconnected)
	}
	go s.work()
	return nil
}

// push queues what is to be done.
func (s *Subscription) push(do func()) {
	s.mu.Lock()
	s.queue = append(s.queue, do)
	s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
}

// work does what is queued, one after the other, until the subscription ends.
func (s *Subscription) work() {
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.more:
		}
		s.mu.Lock()
		queue := s.queue
		s.queue = nil
		s.mu.Unlock()
		for _, do := range queue {
			if s.ctx.Err() == nil {
				do()
			}
		}
	}
}

func (s *Subscription) handle(given *delivery) {
	err := s.callback(s.ctx, given.message)
	if err != nil {
		s.handleError(err)
	}
	given.returned(err == nil)
}

func logError(err error) {
	slog.Default().Error("centrifugo-rpc: a subscription failed", "error", err)
}
