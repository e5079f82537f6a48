package rpc

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// errNotSent is why a command was not sent: the connection was lost before.
var errNotSent = errors.New("the connection was lost before the command was sent")

// rpc sends a command, when it is its turn, and waits for the reply.
func (s *session) rpc(ctx context.Context, method string, data []byte) ([]byte, error) {
	if !s.turn.takeToSend(ctx) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, errNotSent
	}
	sending := &sendContext{Context: ctx, sent: sync.OnceFunc(s.turn.giveBack)}
	defer sending.sent()
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
