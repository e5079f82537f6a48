package rpc

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	firstReconnectDelay = 200 * time.Millisecond
	maxReconnectDelay   = 20 * time.Second
)

// errDisconnected is why a connection ended that the caller ended.
var errDisconnected = errors.New("Disconnect was called")

// connection is what stands between Connect and Disconnect: one session after the other.
type connection struct {
	with   settings
	client *Client
	tokens *tokenSource

	// ctx ends at Disconnect.
	ctx  context.Context
	stop context.CancelFunc
	// done is closed when nothing of the connection runs any more.
	done chan struct{}

	mu  sync.Mutex
	now state
}

// state is whether calls can be made.
type state struct {
	session *session      // the one that calls go through; nil while there is none
	last    error         // why there is none
	ended   bool          // there will be none
	over    chan struct{} // closed when another state has followed
}

func newConnection(with settings, client *Client) *connection {
	tokens := &tokenSource{get: with.getToken, token: with.token}
	c := &connection{with: with, client: client, tokens: tokens, done: make(chan struct{}), now: state{over: make(chan struct{})}}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// start makes the first session, with one attempt, and then keeps the connection up until
// disconnect. When it fails nothing runs.
func (c *connection) start(ctx context.Context) error {
	first, err := c.attempt(ctx)
	if err != nil {
		c.change(nil, err, true)
		c.stop()
		close(c.done)
		return err
	}
	c.change(first, nil, false)
	go c.keep(first)
	return nil
}

// disconnect ends the connection and returns when nothing of it runs any more.
func (c *connection) disconnect() {
	c.stop()
	<-c.done
}

// keep replaces the session whenever it is lost, until disconnect or until there is no use in it.
func (c *connection) keep(current *session) {
	defer close(c.done)
	defer c.stop()
	for current != nil {
		why := c.waitForEnd(current)
		c.change(nil, why, isFinal(why))
		current.close(why)
		if isFinal(why) {
			return
		}
		current = c.reconnect()
	}
}

func (c *connection) waitForEnd(s *session) error {
	select {
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	case <-c.ctx.Done():
		return errDisconnected
	}
}

// reconnect tries until it has a session, with growing pauses. Without one the connection has ended.
func (c *connection) reconnect() *session {
	for delay := firstReconnectDelay; ; delay = min(2*delay, maxReconnectDelay) {
		c.pause(delay)
		s, err := c.attempt(c.ctx)
		c.change(s, err, isFinal(err))
		if s != nil || isFinal(err) {
			return s
		}
	}
}

// pause waits between half of delay and delay, so that the clients of a restarted server do not all
// come at the same moment.
func (c *connection) pause(delay time.Duration) {
	timer := time.NewTimer(delay/2 + rand.N(delay/2))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.ctx.Done():
	}
}

// attempt opens a session within connectTimeout, unless ctx ends or disconnect is called before. When
// the token has expired it does so with the next one.
func (c *connection) attempt(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	stop := context.AfterFunc(c.ctx, cancel)
	defer stop()
	s, err := openSession(ctx, c.with, c.tokens, c.client.subscriptions)
	if c.tokens.canRenew(err) {
		if _, err = c.tokens.next(ctx); err == nil {
			s, err = openSession(ctx, c.with, c.tokens, c.client.subscriptions)
		}
	}
	if err != nil && c.ctx.Err() != nil {
		return nil, errDisconnected
	}
	return s, err
}

func (c *connection) change(s *session, last error, ended bool) {
	c.mu.Lock()
	close(c.now.over)
	c.now = state{session: s, last: last, ended: ended, over: make(chan struct{})}
	c.mu.Unlock()
	switch {
	case s != nil:
		c.client.sessionOpened(s)
	case ended && !errors.Is(last, errDisconnected):
		c.client.connectionEnded(last)
	}
}

func (c *connection) state() state {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// ready gives the session to call through, and waits for it while the connection is being made. It
// fails when the connection has ended, with the reason, and when ctx ends, with the reason of the
// last failure.
func (c *connection) ready(ctx context.Context) (*session, error) {
	for {
		now := c.state()
		if now.session != nil && now.session.turn.over.Err() == nil {
			return now.session, nil
		}
		if now.ended {
			return nil, now.last
		}
		select {
		case <-now.over:
		case <-ctx.Done():
			return nil, &ConnectionError{Reason: now.waitingFor(), cause: ctx.Err()}
		}
	}
}

func (s state) waitingFor() string {
	if s.last == nil {
		return "there is no connection yet"
	}
	return "reconnecting after: " + reasonText(s.last)
}

// isFinal reports whether there is no use in reconnecting.
func isFinal(err error) bool {
	refusal := new(ConnectionError)
	return errors.Is(err, errDisconnected) || errors.As(err, &refusal) && refusal.final
}

// reasonText is why there is no connection, without the prefix of ConnectionError.
func reasonText(err error) string {
	if refusal := new(ConnectionError); errors.As(err, &refusal) {
		return refusal.text()
	}
	return err.Error()
}
