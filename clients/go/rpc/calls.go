package rpc

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

const (
	// maxWatched is the most calls of one $rpc.calls.
	maxWatched = 100

	// Calls that are sent again are spread over this time: per waiting call, and at most.
	spreadPerCall = 2 * time.Millisecond
	maxSpread     = 2 * time.Second

	// watchInterval is how often the server is asked about pending calls, on average.
	watchInterval = 2 * time.Second
)

// calls are the calls of a connection that have not ended.
type calls struct {
	mu       sync.Mutex
	byID     map[string]*outgoing
	stop     context.CancelFunc // stops watching
	watching bool
}

func (c *calls) add(o *outgoing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byID[o.id] = o
}

func (c *calls) remove(o *outgoing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.byID, o.id)
	if len(c.byID) == 0 && c.watching {
		c.stop()
		c.watching = false
	}
}

func (c *calls) any() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.byID) > 0
}

// spread returns a time after which to send a call again, so that not all are sent at the same moment.
func (c *calls) spread() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return rand.N(min(time.Duration(len(c.byID)+1)*spreadPerCall, maxSpread))
}

// wakeBy sets what to call when the reply to a call is published, which may have happened.
func (c *calls) wakeBy(o *outgoing, wake context.CancelFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o.wake = wake
	if len(o.published) > 0 {
		wake()
	}
}

// receive hands a published reply to its call.
func (c *calls) receive(r reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.byID[r.correlationID]
	if o == nil || r.pending {
		return
	}
	select {
	case o.published <- r:
		o.wake()
	default: // published again
	}
}

// setPending sets whether the server has answered a call with pending.
func (c *connection) setPending(o *outgoing, pending bool) {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	o.pending = pending
	if pending && !c.calls.watching {
		var ctx context.Context
		ctx, c.calls.stop = context.WithCancel(c.ctx)
		c.calls.watching = true
		go c.watchPending(ctx)
	}
}

// watchPending asks, while calls are pending, which of them no gateway runs any more.
func (c *connection) watchPending(ctx context.Context) {
	interval := c.client.settings.watchInterval
	for {
		wait(ctx, interval*4/5+rand.N(interval*2/5))
		ids := c.pending(ctx)
		if len(ids) == 0 {
			return
		}
		for some := range slices.Chunk(ids, maxWatched) {
			go c.ask(ctx, some)
		}
	}
}

// pending returns the calls that are pending. If there are none, they are not watched any more, and ctx
// ends. If it has ended before, others may be watching.
func (c *connection) pending(ctx context.Context) []string {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	if ctx.Err() != nil {
		return nil
	}
	var ids []string
	for id, o := range c.calls.byID {
		if o.pending {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		c.calls.stop()
		c.calls.watching = false
	}
	return ids
}

// ask asks about pending calls, and has the ones that no gateway runs sent again.
func (c *connection) ask(ctx context.Context, ids []string) {
	ctx, stop := context.WithTimeout(ctx, commandTimeout)
	defer stop()
	data, err := encodeControl(map[string]any{"correlation_ids": ids})
	if err != nil {
		return
	}
	s, err := c.ready(ctx)
	if err != nil {
		return
	}
	answer, err := s.RPC(ctx, callsMethod, data)
	if err != nil {
		return // they are asked about again
	}
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	for _, id := range readSendAgain(answer) {
		if o := c.calls.byID[id]; o != nil && o.pending {
			select {
			case o.again <- struct{}{}:
			default:
			}
		}
	}
}
