package rpc

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/centrifugal/centrifuge-go"
)

// Message is what came on a channel.
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

	end func()
}

// Unsubscribe hands no more messages to the callback, and ends the context of one that runs. It may be
// called again.
func (s *Subscription) Unsubscribe() { s.end() }

// SubscribeOption changes a setting of [Client.Subscribe].
type SubscribeOption func(*subscriber)

// WithErrorHandler sets a function that receives what the callback returns as an error, and the
// *[RPCError] of a subscription that the server has ended. Without it they are logged with
// [slog.Default].
func WithErrorHandler(handle func(error)) SubscribeOption {
	return func(s *subscriber) { s.handleError = handle }
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
// of [WithTimeout] ends.
func (c *Client) Subscribe(
	ctx context.Context, channel string, callback func(ctx context.Context, message Message) error, opts ...SubscribeOption,
) (*Subscription, error) {
	ctx, cancel := c.withTimeout(ctx)
	defer cancel()
	current := c.current()
	if current == nil {
		return nil, notConnected()
	}
	s, err := current.ready(ctx)
	if err != nil {
		return nil, notSentError(ctx, err)
	}
	added := newSubscriber(callback, opts)
	opened, isNew := c.subscriptions.add(channel, added)
	subscription := &Subscription{Channel: channel, end: func() { c.unsubscribe(opened, added) }}
	switch {
	case channel == userChannel(c.settings.userID):
		opened.settle(nil) // the session is subscribed
	case isNew:
		go s.openChannel(opened)
	}
	select {
	case <-opened.settled:
		err = opened.err
	case <-ctx.Done():
		err = contextError(ctx)
	}
	if err != nil {
		subscription.Unsubscribe()
		return nil, err
	}
	go added.work(c)
	return subscription, nil
}

func (c *Client) unsubscribe(opened *channel, gone *subscriber) {
	gone.stop()
	if !c.subscriptions.remove(opened, gone) || opened.name == userChannel(c.settings.userID) {
		return
	}
	if current := c.current(); current != nil {
		if s := current.state().session; s != nil {
			s.closeChannel(opened.name)
		}
	}
}

// subscriptions are the channels of a client, through all its sessions.
type subscriptions struct {
	mu       sync.Mutex
	channels map[string]*channel
	received received
}

// channel is a channel that the application has subscribed to.
type channel struct {
	name string
	// settled is closed when the server has accepted or refused; err is the refusal.
	settled chan struct{}
	once    sync.Once
	err     error

	mu          sync.Mutex
	subscribers []*subscriber
	// position is where the next session goes on; nil for a channel without recovery.
	position *centrifuge.StreamPosition
}

// settle reports whether the server had not answered before.
func (c *channel) settle(err error) (first bool) {
	c.once.Do(func() {
		c.err = err
		close(c.settled)
		first = true
	})
	return first
}

func (c *channel) reached(position *centrifuge.StreamPosition) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.position = position
}

func (c *channel) advanced(offset uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.position != nil && offset > 0 {
		c.position = &centrifuge.StreamPosition{Offset: offset, Epoch: c.position.Epoch}
	}
}

func (c *channel) lastPosition() *centrifuge.StreamPosition {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.position
}

func (c *channel) all() []*subscriber {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*subscriber(nil), c.subscribers...)
}

// add gives the channel of a name, and whether it is new.
func (s *subscriptions) add(name string, added *subscriber) (opened *channel, isNew bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	opened, exists := s.channels[name]
	if !exists {
		opened = &channel{name: name, settled: make(chan struct{})}
		s.channels[name] = opened
	}
	opened.mu.Lock()
	defer opened.mu.Unlock()
	opened.subscribers = append(opened.subscribers, added)
	return opened, !exists
}

// remove reports whether nobody is left.
func (s *subscriptions) remove(opened *channel, gone *subscriber) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	opened.mu.Lock()
	defer opened.mu.Unlock()
	kept := opened.subscribers[:0:0]
	for _, other := range opened.subscribers {
		if other != gone {
			kept = append(kept, other)
		}
	}
	opened.subscribers = kept
	if len(kept) > 0 || s.channels[opened.name] != opened {
		return false
	}
	delete(s.channels, opened.name)
	return true
}

func (s *subscriptions) open() []*channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*channel, 0, len(s.channels))
	for _, opened := range s.channels {
		all = append(all, opened)
	}
	return all
}

// deliver hands a publication to the channel's subscribers.
func (s *subscriptions) deliver(name string, publication centrifuge.Publication) {
	s.mu.Lock()
	opened := s.channels[name]
	s.mu.Unlock()
	if opened == nil {
		return
	}
	all := opened.all()
	message := Message{Channel: name, Data: publication.Data, ID: messageID(publication.Tags), Tags: publication.Tags}
	if len(all) == 0 || message.ID != "" && !s.received.add(message) {
		return
	}
	given := &delivery{message: message, waiting: len(all), subscriptions: s}
	for _, one := range all {
		one.push(given)
	}
}

// end ends a channel for which the server has no more, with an error that its subscribers learn.
func (s *subscriptions) end(opened *channel, err error) {
	s.mu.Lock()
	if s.channels[opened.name] == opened {
		delete(s.channels, opened.name)
	}
	s.mu.Unlock()
	refused := opened.settle(err) // then Subscribe returns the error
	for _, one := range opened.all() {
		if err != nil && !refused && one.ctx.Err() == nil {
			one.handleError(err)
		}
		one.stop()
	}
}

// subscriptionError is what a subscriber learns of Centrifugo's code and reason.
func subscriptionError(name string, code uint32, reason string) *RPCError {
	const unknownChannel, unsubscribed = 102, 2000 // from 2000 on: the server ended the subscription
	ours := rpcErrorOfCentrifugo(&centrifuge.Error{Code: code, Message: reason}).Code
	if code == unknownChannel || code >= unsubscribed {
		ours = CodePermissionDenied
	}
	return &RPCError{Code: ours, Message: "cannot subscribe to " + name + ": " + reason}
}

// ackTimeout is how long an acknowledgement waits for the connection and its answer.
const ackTimeout = 30 * time.Second

func logError(err error) {
	slog.Default().Error("centrifugo-rpc: a subscription failed", "error", err)
}
