package rpc

import (
	"context"
	"errors"
	"sync"
	"time"

	"centrifugorpc/rpc/internal/centrifugo"
)

const (
	// ackTimeout is how long an acknowledgement waits for its reply before it is sent again.
	ackTimeout = 10 * time.Second
	// rememberedMessages is how many messages are remembered, so that none is handed over again.
	rememberedMessages = 1000
)

// delivery is a message on its way to the listeners of a channel.
type delivery struct {
	client  *Client
	message Message

	mu      sync.Mutex
	waiting int // for as many listeners
	failed  bool
}

// returned acknowledges the message when the last callback has returned.
func (d *delivery) returned(succeeded bool) {
	d.mu.Lock()
	d.waiting--
	d.failed = d.failed || !succeeded
	isLast, failed := d.waiting == 0, d.failed
	d.mu.Unlock()
	switch {
	case !isLast || d.message.ID == "":
	case failed:
		d.client.received.remove(d.message) // if it comes again, the application may succeed
	default:
		go d.client.acknowledge(d.message.ID)
	}
}

// acknowledge acknowledges a message until the gateway has answered or the connection has ended for
// good. The gateway counts repetitions once.
func (c *Client) acknowledge(messageID string) {
	data, err := encodeControl(map[string]any{"message_id": messageID, "subscriber_id": c.subscriberID})
	if err != nil {
		return
	}
	for delay := firstRetryDelay; ; delay = min(2*delay, maxRetryDelay) {
		current, err := c.current()
		if err != nil {
			return
		}
		s, err := current.ready(current.ctx)
		if err != nil {
			return
		}
		ctx, stop := context.WithTimeout(s.Context(), ackTimeout)
		_, err = s.RPC(ctx, ackMethod, data)
		stop()
		if isAnswer(err) {
			return
		}
		pause(current.ctx, delay)
	}
}

// isAnswer reports whether the gateway has accepted or refused for good.
func isAnswer(err error) bool {
	refusal := new(centrifugo.Error)
	if !errors.As(err, &refusal) {
		return err == nil
	}
	switch rpcErrorOfCentrifugo(refusal).Code {
	case CodeOutcomeUnknown, CodeRateLimited, CodeUnavailable:
		return false
	}
	return true
}

// received has the messages with an ID that were handed over.
type received struct {
	mu    sync.Mutex
	known map[string]bool
	order []string // keys, the oldest first; may include removed ones
}

// add reports whether a message is new.
func (r *received) add(message Message) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := message.Channel + " " + message.ID
	if r.known[key] {
		return false
	}
	if r.known == nil {
		r.known = map[string]bool{}
	}
	r.known[key] = true
	r.order = append(r.order, key)
	if len(r.order) > rememberedMessages {
		delete(r.known, r.order[0])
		r.order = r.order[1:]
	}
	return true
}

func (r *received) remove(message Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, message.Channel+" "+message.ID)
}
