package rpc

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
)

// transport keeps hold of the network connection that the SDK dials: to cut it when connecting
// takes too long, to learn at once that it is lost, which the SDK tells late or not at all, and to
// keep sending and receiving apart (see turn).
type transport struct {
	turn *turn

	// lent is whether the turn is the SDK's until its next Write.
	lent atomic.Bool

	mu   sync.Mutex
	conn net.Conn
	gone bool
}

// dialer dials for the SDK until ctx ends.
func (t *transport) dialer(ctx context.Context) func(context.Context, string, string) (net.Conn, error) {
	return func(dialCtx context.Context, network, address string) (net.Conn, error) {
		dialCtx, cancel := context.WithCancel(dialCtx)
		defer cancel()
		stop := context.AfterFunc(ctx, cancel)
		defer stop()
		conn, err := new(net.Dialer).DialContext(dialCtx, network, address)
		if err != nil {
			return nil, err
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.gone {
			_ = conn.Close()
			return nil, net.ErrClosed
		}
		t.conn = conn
		return &watchedConn{Conn: conn, turn: t.turn, lent: &t.lent}, nil
	}
}

// lendTurn leaves it to the SDK's next Write to give the turn back.
func (t *transport) lendTurn() {
	t.lent.Store(true)
}

// cut closes the network connection at once, and lets no other be made.
func (t *transport) cut() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.gone = true
	if t.conn != nil {
		_ = t.conn.Close()
	}
}

// watchedConn has the turn from each Read until the next: while the SDK handles what was read.
type watchedConn struct {
	net.Conn
	turn *turn
	held atomic.Bool
	lent *atomic.Bool
}

func (c *watchedConn) Read(into []byte) (int, error) {
	c.giveBack()
	n, err := c.Conn.Read(into)
	if c.turn.takeToReceive() {
		c.held.Store(true)
	}
	if err != nil {
		c.end()
	}
	return n, err
}

// Write leaves it to Read to tell of a failure, since the SDK may hang on it (see turn).
func (c *watchedConn) Write(data []byte) (int, error) {
	if _, err := c.Conn.Write(data); err != nil {
		_ = c.Conn.Close()
	}
	if c.lent.CompareAndSwap(true, false) {
		c.turn.giveBack()
	}
	return len(data), nil
}

func (c *watchedConn) Close() error {
	c.end()
	return c.Conn.Close()
}

func (c *watchedConn) end() {
	c.turn.end()
	c.giveBack()
}

func (c *watchedConn) giveBack() {
	if c.held.CompareAndSwap(true, false) {
		c.turn.giveBack()
	}
}
