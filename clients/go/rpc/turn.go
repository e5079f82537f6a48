package rpc

import "context"

// turn is had by whoever sends a command, or by the SDK while it handles what it has received; by
// one at a time, and by nobody new after the network connection has ended.
//
// The SDK (v0.12.1) needs that: its send looks at the connection without a lock, so that it races
// with the end of the connection, and an RPC whose command could not be written may then never
// return.
type turn struct {
	next  chan struct{} // has room for one: the next to send
	taken chan struct{} // has room for one: whose turn it is
	over  context.Context
	end   context.CancelFunc // ends over: the network connection has ended
}

func newTurn() *turn {
	t := &turn{next: make(chan struct{}, 1), taken: make(chan struct{}, 1)}
	t.over, t.end = context.WithCancel(context.Background())
	return t
}

// takeToSend waits for the turn; false when the network connection, or ctx, has ended before. Only one
// waits at the same place as receiving does, which so goes before the others.
func (t *turn) takeToSend(ctx context.Context) bool {
	if !t.enter(ctx, t.next) {
		return false
	}
	defer func() { <-t.next }()
	return t.enter(ctx, t.taken)
}

// takeToReceive waits for the turn; false when the network connection has ended before.
func (t *turn) takeToReceive() bool {
	return t.enter(context.Background(), t.taken)
}

func (t *turn) giveBack() {
	<-t.taken
}

func (t *turn) enter(ctx context.Context, place chan struct{}) bool {
	select {
	case place <- struct{}{}:
	case <-t.over.Done():
		return false
	case <-ctx.Done():
		return false
	}
	if t.over.Err() != nil {
		<-place
		return false
	}
	return true
}
