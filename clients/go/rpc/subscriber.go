package rpc

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/centrifugal/centrifuge-go"
)

// subscriber is one callback. Messages wait in its queue, so that the SDK never waits for it.
type subscriber struct {
	callback    func(context.Context, Message) error
	handleError func(error)
	ctx         context.Context
	stop        context.CancelFunc

	mu    sync.Mutex
	queue []*delivery
	more  chan struct{} // has room for one: something was queued
}

func newSubscriber(callback func(context.Context, Message) error, opts []SubscribeOption) *subscriber {
	s := &subscriber{callback: callback, handleError: logError, more: make(chan struct{}, 1)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	for _, opt := range opts {
		opt(s)
	}
	return s
}

func (s *subscriber) push(given *delivery) {
	s.mu.Lock()
	s.queue = append(s.queue, given)
	s.mu.Unlock()
	select {
	case s.more <- struct{}{}:
	default:
	}
}

func (s *subscriber) next() *delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.queue) == 0 {
		return nil
	}
	first := s.queue[0]
	s.queue = s.queue[1:]
	return first
}

// work hands the messages to the callback, one after the other, until the subscription ends.
func (s *subscriber) work(c *Client) {
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.more:
		}
		for given := s.next(); given != nil && s.ctx.Err() == nil; given = s.next() {
			err := s.callback(s.ctx, given.message)
			if err != nil {
				s.handleError(err)
			}
			given.returned(c, err == nil)
		}
	}
}

// delivery is a message on its way to the subscribers of a channel.
type delivery struct {
	message       Message
	subscriptions *subscriptions

	mu      sync.Mutex
	waiting int // for as many subscribers
	failed  bool
}

// returned acknowledges the message when it was the last callback that has returned.
func (d *delivery) returned(c *Client, succeeded bool) {
	d.mu.Lock()
	d.waiting--
	d.failed = d.failed || !succeeded
	isLast, failed := d.waiting == 0, d.failed
	d.mu.Unlock()
	switch {
	case !isLast || d.message.ID == "":
	case failed:
		d.subscriptions.received.remove(d.message) // if it comes again, the application may do better
	default:
		go c.acknowledge(d.message.ID)
	}
}

// acknowledge tells the gateway that the application has a message. After a lost connection it is
// sent again: the gateway counts it once.
func (c *Client) acknowledge(messageID string) {
	data, err := encodeJSON(ackEnvelope{Version: protocolVersion, MessageID: messageID, SubscriberID: c.subscriberID})
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), ackTimeout)
	defer cancel()
	for ctx.Err() == nil {
		current := c.current()
		if current == nil {
			return
		}
		s, err := current.ready(ctx)
		if err != nil {
			return
		}
		_, err = s.rpc(ctx, ackMethod, data)
		if refusal := new(centrifuge.Error); err == nil || errors.As(err, &refusal) {
			return
		}
		select { // the session is lost: the next one follows
		case <-s.ctx.Done():
		case <-ctx.Done():
		case <-time.After(closeTimeout):
		}
	}
}

// rememberedMessages is how many messages are remembered, so that none is handed over again.
const rememberedMessages = 1000

// received are the messages with an ID that were handed over.
type received struct {
	mu    sync.Mutex
	known map[string]*list.Element
	order list.List // of keys, the oldest first
}

// add reports whether a message is new.
func (r *received) add(message Message) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := message.Channel + " " + message.ID
	if r.known[key] != nil {
		return false
	}
	if r.known == nil {
		r.known = map[string]*list.Element{}
	}
	r.known[key] = r.order.PushBack(key)
	if r.order.Len() > rememberedMessages {
		r.forget(r.order.Front())
	}
	return true
}

func (r *received) remove(message Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if element := r.known[message.Channel+" "+message.ID]; element != nil {
		r.forget(element)
	}
}

func (r *received) forget(element *list.Element) {
	delete(r.known, r.order.Remove(element).(string))
}
