package rpc

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// errNotSent is why a command was not sent: the connection was lost before.
var errNotSent = errors.New("the connection was lost before the command was sent")

// rpc sends a command and waits for its reply.
//
// One command is sent at a time, and none after the network connection is lost: the SDK (v0.12.1)
// reads the connection without its lock when it sends, and an RPC that fails to write while the SDK
// ends the connection never returns.
func (s *session) rpc(ctx context.Context, method string, data []byte) ([]byte, error) {
	select {
	case s.sending <- struct{}{}:
	case <-s.doomed.Done():
		return nil, errNotSent
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	sending := &sendContext{Context: ctx, sent: sync.OnceFunc(func() { <-s.sending })}
	defer sending.sent()
	if s.doomed.Err() != nil {
		return nil, errNotSent
	}
	answer, err := s.sdk.RPC(sending, method, data)
	return answer.Data, err
}

// sendContext tells when the SDK's RPC has sent its command: it asks for Done first before it sends
// and then to wait for the reply.
type sendContext struct {
	context.Context
	asked atomic.Int32
	sent  func()
}

func (c *sendContext) Done() <-chan struct{} {
	if c.asked.Add(1) == 2 {
		c.sent()
	}
	return c.Context.Done()
}
