package centrifugo

import (
	"context"
	"sync"
)

// Subscription is what a connection receives on one channel. The zero Subscription receives nothing
// and never ends.
type Subscription struct {
	conn    *Conn
	channel string
	from    *Position
	receive func(Publication)
	missed  bool
	ended   chan struct{}
	err     *Error // set before ended is closed

	mu       sync.Mutex
	position *Position // nil for a channel without recovery
}

// Subscribe subscribes to a channel, from a position on if there is one. receive is called with one
// publication after the other, and must not block: nothing else is received meanwhile. Errors are
// those of [Conn.RPC].
//
// If the server has lost the history of that position and has begun another, the subscription
// receives that one from its beginning.
func (c *Conn) Subscribe(ctx context.Context, channel string, from *Position, receive func(Publication)) (*Subscription, error) {
	s, err := c.subscribe(ctx, channel, from, receive)
	if err != nil || !s.inOtherHistory() {
		return s, err
	}
	s.Unsubscribe()
	return c.subscribe(ctx, channel, &Position{Epoch: s.position.Epoch}, receive)
}

// inOtherHistory reports whether the server could not recover from the subscription's position
// because it has another history now.
func (s *Subscription) inOtherHistory() bool {
	return s.missed && s.position != nil && s.position.Epoch != s.from.Epoch
}

func (c *Conn) subscribe(ctx context.Context, channel string, from *Position, receive func(Publication)) (*Subscription, error) {
	s := &Subscription{conn: c, channel: channel, from: from, receive: receive, ended: make(chan struct{})}
	request := &subscribeRequest{Channel: channel, Recoverable: true, Recover: from != nil, Position: from}
	if _, err := c.ask(ctx, command{Subscribe: request}, s.accepted); err != nil {
		if ctx.Err() != nil {
			s.Unsubscribe() // the server may accept yet
		}
		return nil, err
	}
	return s, nil
}

// accepted begins to receive: first what was missed since the position.
func (s *Subscription) accepted(r *reply) {
	result := r.Subscribe
	if result == nil {
		return
	}
	s.missed = s.from != nil && result.WasRecovering && !result.Recovered
	if result.Recoverable {
		s.position = &result.Position
	}
	if s.inOtherHistory() {
		return // Conn.Subscribe subscribes again
	}
	s.conn.mu.Lock()
	s.conn.subscriptions[s.channel] = s
	s.conn.mu.Unlock()
	for _, publication := range result.Publications {
		s.published(publication)
	}
}

func (s *Subscription) published(publication Publication) {
	s.mu.Lock()
	if s.position != nil && publication.Offset > 0 {
		s.position = &Position{Epoch: s.position.Epoch, Offset: publication.Offset}
	}
	s.mu.Unlock()
	s.receive(publication)
}

// pushed hands a push to the subscription of its channel.
func (c *Conn) pushed(p *push) {
	c.mu.Lock()
	s := c.subscriptions[p.Channel]
	if p.Unsubscribe != nil {
		delete(c.subscriptions, p.Channel)
	}
	c.mu.Unlock()
	switch {
	case s == nil:
	case p.Pub != nil:
		s.published(*p.Pub)
	case p.Unsubscribe != nil:
		code := p.Unsubscribe.Code
		s.err = &Error{Code: code, Message: p.Unsubscribe.Reason, Temporary: code >= firstResubscribable}
		close(s.ended)
	}
}

// Missed reports whether publications between the position of [Conn.Subscribe] and now are lost.
func (s *Subscription) Missed() bool { return s.missed }

// Ended is closed when the server has ended the subscription; not when the connection ends.
func (s *Subscription) Ended() <-chan struct{} { return s.ended }

// Err returns why the server has ended the subscription, and nil before that. A temporary error
// means that the channel may be subscribed to again.
func (s *Subscription) Err() *Error {
	select {
	case <-s.ended:
		return s.err
	default:
		return nil
	}
}

// Position returns where the next subscription can go on, and nil for a channel without recovery.
func (s *Subscription) Position() *Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.position
}

// Unsubscribe ends the subscription. It returns when the server will be told before anything that
// is sent later.
func (s *Subscription) Unsubscribe() {
	if s.conn == nil {
		return
	}
	s.conn.mu.Lock()
	if s.conn.subscriptions[s.channel] == s {
		delete(s.conn.subscriptions, s.channel)
	}
	s.conn.mu.Unlock()
	id, _ := s.conn.send(s.conn.ctx, command{Unsubscribe: &unsubscribeRequest{Channel: s.channel}}, nil)
	s.conn.forget(id) // the reply is ignored
}
