package rpc

import (
	"context"
	"net"
	"sync"
)

// transport keeps hold of the network connection that the SDK dials: to cut it when connecting
// takes too long, and to learn at once that it is lost, which the SDK tells late or not at all.
type transport struct {
	lost func() // called, perhaps often, when the network connection has failed or is closed

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
		return watchedConn{conn, t.lost}, nil
	}
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

type watchedConn struct {
	net.Conn
	lost func()
}

func (c watchedConn) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	if err != nil {
		c.lost()
	}
	return n, err
}

// Write leaves it to Read to tell of a failure, for the reason that session.rpc gives.
func (c watchedConn) Write(data []byte) (int, error) {
	if _, err := c.Conn.Write(data); err != nil {
		c.lost()
		_ = c.Conn.Close()
	}
	return len(data), nil
}

func (c watchedConn) Close() error {
	c.lost()
	return c.Conn.Close()
}
