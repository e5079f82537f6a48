package rpc

import (
	"context"
	"errors"

	"centrifugorpc/rpc/internal/centrifugo"
)

// channel is a channel that the application has subscribed to. It stays subscribed, from session to
// session, until the last listener leaves or the server ends it.
type channel struct {
	name       string
	connection *connection

	// ctx ends when the last listener has left.
	ctx  context.Context
	stop context.CancelFunc
	// settled is closed when the server has accepted or refused; err is the refusal.
	settled chan struct{}
	err     error
	// done is closed when the channel has ended, after the unsubscribe command if one was sent.
	done chan struct{}

	listeners []*Subscription // guarded by connection.mu
}

// listen adds a listener to the channel of a name, which it opens if there is none.
func (c *connection) listen(name string, added *Subscription) *channel {
	c.mu.Lock()
	defer c.mu.Unlock()
	previous := c.channels[name]
	if previous != nil && previous.ctx.Err() == nil {
		previous.listeners = append(previous.listeners, added)
		return previous
	}
	opened := &channel{
		name: name, connection: c, listeners: []*Subscription{added},
		settled: make(chan struct{}), done: make(chan struct{}),
	}
	opened.ctx, opened.stop = context.WithCancel(context.Background())
	c.channels[name] = opened
	go func() {
		if previous != nil {
			<-previous.done
		}
		opened.end(opened.follow())
	}()
	return opened
}

// leave removes a listener. The channel ends with its last one.
func (c *channel) leave(gone *Subscription) {
	c.connection.mu.Lock()
	defer c.connection.mu.Unlock()
	kept := c.listeners[:0:0]
	for _, other := range c.listeners {
		if other != gone {
			kept = append(kept, other)
		}
	}
	c.listeners = kept
	if len(kept) == 0 {
		c.stop()
	}
}

// follow keeps the channel subscribed, and returns why that has ended: nil after the last listener
// has left, [errDisconnected], or a *[RPCError].
func (c *channel) follow() error {
	var position *centrifugo.Position
	for delay := firstRetryDelay; ; {
		s, err := c.connection.ready(c.ctx)
		switch {
		case c.ctx.Err() != nil:
			return nil
		case errors.Is(err, errDisconnected):
			return err
		case err != nil:
			return &RPCError{Code: notConnectedCode(err), Message: "the connection has ended: " + reasonText(err)}
		}
		subscription, err := s.subscribe(c.ctx, c.name, position)
		refusal := new(centrifugo.Error)
		if err == nil {
			c.settle(nil)
			delay = firstRetryDelay
			select {
			case <-c.ctx.Done():
				subscription.Unsubscribe()
				return nil
			case <-s.Context().Done():
				position = subscription.Position()
				continue
			case <-subscription.Ended():
				position, refusal = subscription.Position(), subscription.Err()
			}
		} else if !errors.As(err, &refusal) {
			continue // the session is lost, or the last listener has left
		}
		if !refusal.Temporary {
			return subscriptionError(c.name, refusal)
		}
		pause(c.ctx, delay)
		delay = min(2*delay, maxRetryDelay)
	}
}

// settle reports whether the server had neither accepted nor refused before.
func (c *channel) settle(err error) (first bool) {
	select {
	case <-c.settled:
		return false
	default:
		c.err = err
		close(c.settled)
		return true
	}
}

// end ends all listeners. They learn of the error, unless it is the refusal that Subscribe returns or
// Disconnect was called.
func (c *channel) end(err error) {
	c.connection.mu.Lock()
	c.stop() // no listener can join
	listeners := c.listeners
	c.connection.mu.Unlock()
	disconnected := errors.Is(err, errDisconnected)
	if disconnected {
		err = lostError(err)
	}
	first := c.settle(err)
	for _, listener := range listeners {
		if err == nil || first || disconnected {
			listener.stop()
		} else {
			listener.push(func() {
				listener.handleError(err)
				listener.stop()
			})
		}
	}
	c.connection.mu.Lock()
	if c.connection.channels[c.name] == c {
		delete(c.connection.channels, c.name)
	}
	c.connection.mu.Unlock()
	close(c.done)
}

// deliver hands a publication to the listeners of its channel.
func (c *connection) deliver(name string, publication centrifugo.Publication) {
	c.mu.Lock()
	var listeners []*Subscription
	if opened := c.channels[name]; opened != nil {
		listeners = opened.listeners // never changed in place
	}
	c.mu.Unlock()
	message := Message{Channel: name, Data: publication.Data, ID: messageID(publication.Tags), Tags: publication.Tags}
	if len(listeners) == 0 || message.ID != "" && !c.client.received.add(message) {
		return
	}
	given := &delivery{client: c.client, message: message, waiting: len(listeners)}
	for _, listener := range listeners {
		listener.push(func() { listener.handle(given) })
	}
}

// subscriptionError returns what the application learns of a refusal.
func subscriptionError(name string, refusal *centrifugo.Error) *RPCError {
	const unknownChannel, unsubscribed = 102, 2000 // from 2000 on: the server ended the subscription
	code := rpcErrorOfCentrifugo(refusal).Code
	if refusal.Code == unknownChannel || refusal.Code >= unsubscribed {
		code = CodePermissionDenied
	}
	return &RPCError{Code: code, Message: "cannot subscribe to " + name + ": " + refusal.Message}
}
