package rpc

import (
	"context"
	"net"
	"sync"
)

// transport keeps hold of the network connection that the SDK dials: to cut it when connecting
// takes too long, and to learn that it is closed, which the SDK does not always tell.
type transport struct {
	closed func() // called at each close of the network connection

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
		return watchedConn{conn, t.closed}, nil
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
	closed func()
}

func (c watchedConn) Close() error {
	defer c.closed()
	return c.Conn.Close()
}
