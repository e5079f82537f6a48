package rpc

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"centrifugorpc/rpc/internal/centrifugo"
)

const (
	// connectTimeout bounds one attempt to connect, and one call of the application's getToken.
	connectTimeout = 10 * time.Second

	firstRetryDelay = 200 * time.Millisecond
	maxRetryDelay   = 20 * time.Second

	firstBackOff = 100 * time.Millisecond
	maxBackOff   = 5 * time.Second
)

// errDisconnected is why a connection ended that the caller ended.
var errDisconnected = errors.New("Disconnect was called")

// connection lasts from Connect until Disconnect: one session after the other.
type connection struct {
	client *Client
	tokens *tokenSource

	// ctx ends at Disconnect.
	ctx  context.Context
	stop context.CancelFunc
	// done is closed when everything of the connection has ended except its channels.
	done chan struct{}

	calls calls
	// position is where the next session continues the user's channel. Only the goroutine that opens
	// sessions uses it.
	position *centrifugo.Position

	mu       sync.Mutex
	now      state
	channels map[string]*channel
}

// state is whether calls can be made.
type state struct {
	session *session      // nil while there is none
	last    error         // why there is none
	ended   bool          // there will be none
	over    chan struct{} // closed when another state has followed
}

func newConnection(client *Client) *connection {
	c := &connection{
		client:   client,
		tokens:   &tokenSource{get: client.settings.getToken, token: client.settings.token},
		done:     make(chan struct{}),
		now:      state{over: make(chan struct{})},
		channels: map[string]*channel{},
		calls:    calls{byID: map[string]*outgoing{}},
	}
	c.ctx, c.stop = context.WithCancel(context.Background())
	return c
}

// start opens the first session, with one attempt, and then keeps the connection up until
// disconnect. If it fails, nothing runs.
func (c *connection) start(ctx context.Context) error {
	first, err := c.attempt(ctx)
	c.change(first, err, err != nil)
	if err != nil {
		c.stop()
		close(c.done)
		return err
	}
	go c.keep(first)
	return nil
}

// disconnect ends the connection and returns when all its goroutines have ended.
func (c *connection) disconnect() {
	c.stop()
	<-c.done
	c.mu.Lock()
	ending := slices.Collect(maps.Values(c.channels))
	c.mu.Unlock()
	for _, channel := range ending {
		<-channel.done
	}
}

// keep replaces the session whenever it is lost, until disconnect or a final error.
func (c *connection) keep(current *session) {
	defer close(c.done)
	defer c.stop()
	for current != nil {
		why := errDisconnected
		select {
		case <-current.Context().Done():
			why = current.lost()
		case <-c.ctx.Done():
		}
		c.change(nil, why, isFinal(why))
		current.Close(why)
		if isFinal(why) {
			return
		}
		c.position = current.position()
		current = c.reconnect()
	}
}

// reconnect tries until it has a session. Without one the connection has ended.
func (c *connection) reconnect() *session {
	for delay := firstRetryDelay; ; delay = min(2*delay, maxRetryDelay) {
		pause(c.ctx, delay)
		s, err := c.attempt(c.ctx)
		c.change(s, err, isFinal(err))
		if s != nil || isFinal(err) {
			return s
		}
	}
}

// pause waits between half of delay and delay, or until ctx ends. The spread keeps the clients of a
// restarted server from all coming at the same moment.
func pause(ctx context.Context, delay time.Duration) {
	wait(ctx, delay/2+rand.N(delay/2))
}

// backOff returns how long to wait before the next of several attempts of a call: between half and all of
// 100 ms, doubled after each attempt, up to 5 s. least is the minimum.
func (s settings) backOff(attempt int, least time.Duration) time.Duration {
	half := max(min(s.firstBackOff<<min(attempt, 10), maxBackOff)/2, least)
	return half + rand.N(half)
}

// wait waits for some time, or until ctx ends.
func wait(ctx context.Context, delay time.Duration) {
	if delay <= 0 {
		return
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// attempt opens a session within connectTimeout, unless ctx ends or disconnect is called before. If
// the token has expired, it does so with the next one.
func (c *connection) attempt(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	stop := context.AfterFunc(c.ctx, cancel)
	defer stop()
	s, err := c.openSession(ctx)
	if c.tokens.canRenew(err) {
		if _, err = c.tokens.next(ctx); err == nil {
			s, err = c.openSession(ctx)
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
	c.client.mu.Lock()
	watch := c.client.contract
	c.client.mu.Unlock()
	if s != nil && watch != nil {
		go watch.compare(s)
	}
}

func (c *connection) state() state {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// ready returns the session to call through, and waits for it while the connection is being made. It
// fails if the connection has ended, with the reason, and if ctx ends, with the reason of the last
// failure.
func (c *connection) ready(ctx context.Context) (*session, error) {
	for {
		now := c.state()
		if now.session != nil && now.session.Context().Err() == nil {
			return now.session, nil
		}
		if now.ended {
			return nil, now.last
		}
		select {
		case <-now.over:
		case <-ctx.Done():
			reason := "not connected yet"
			if now.last != nil {
				reason = "reconnecting after: " + reasonText(now.last)
			}
			return nil, &ConnectionError{Reason: reason, cause: ctx.Err()}
		}
	}
}
