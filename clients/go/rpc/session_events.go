package rpc

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/centrifugal/centrifuge-go"
)

// What the SDK tells of a session. It calls the handlers of this file one after the other on one
// goroutine, and so none of them waits for anything.

// watchConnection ends the session when the connection is lost or refused.
func (s *session) watchConnection() {
	s.sdk.OnConnecting(func(e centrifuge.ConnectingEvent) {
		if e.Code != 0 { // 0 is our own call of Connect
			s.end(endError(e.Code, e.Reason, false))
		}
	})
	s.sdk.OnDisconnected(func(e centrifuge.DisconnectedEvent) {
		s.end(endError(e.Code, e.Reason, true))
	})
	s.sdk.OnError(func(e centrifuge.ErrorEvent) {
		if refusal := new(centrifuge.Error); errors.As(e.Error, &refusal) {
			s.end(endError(refusal.Code, refusal.Message, !refusal.Temporary))
		}
	})
}

// transportEnded is called when the network connection has ended. While the SDK is still connecting
// it says nothing of that; otherwise it soon says why.
func (s *session) transportEnded() {
	time.AfterFunc(closeTimeout/2, func() {
		s.end(&ConnectionError{Reason: "the server closed the connection"})
	})
}

// subscribe asks for the user's channel; the SDK sends that once it is connected.
func (s *session) subscribe(channel string) error {
	// With recovery, for when the server takes the subscription away and gives it back. The
	// position is not kept for the next session, since no call survives its connection.
	subscription, err := s.sdk.NewSubscription(channel, centrifuge.SubscriptionConfig{Recoverable: true})
	if err != nil {
		return err
	}
	var once sync.Once
	subscription.OnSubscribed(func(e centrifuge.SubscribedEvent) {
		if e.WasRecovering && !e.Recovered {
			s.end(&ConnectionError{Reason: "replies on " + channel + " were missed"})
		}
		once.Do(func() { close(s.subscribed) })
	})
	subscription.OnUnsubscribed(func(e centrifuge.UnsubscribedEvent) {
		s.end(s.subscriptionError(channel, e))
	})
	subscription.OnPublication(func(e centrifuge.PublicationEvent) {
		if !s.deliver(e.Data) {
			s.channels.deliver(channel, e.Publication)
		}
	})
	return subscription.Subscribe()
}

// subscriptionError is final while connecting. Later it is not: a new connection may subscribe anew.
func (s *session) subscriptionError(channel string, e centrifuge.UnsubscribedEvent) *ConnectionError {
	select {
	case <-s.subscribed:
		return &ConnectionError{Code: int(e.Code), Reason: "the server ended the subscription to " + channel + ": " + e.Reason}
	default:
	}
	reason := fmt.Sprintf("the subscription to %s was refused: %s", channel, e.Reason)
	if e.Code == 103 {
		reason += ". The token and userID belong to different users, or the server does not allow user channels"
	}
	return &ConnectionError{Code: int(e.Code), Reason: reason, final: true}
}

// deliver hands a reply on the user's channel to the call that waits for it, if any; false for what
// is no reply. A call's channel has room for every reply that can come.
func (s *session) deliver(data json.RawMessage) bool {
	r, ok := readReply(data)
	if !ok || r.pending {
		return ok
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if waiting, ok := s.calls[r.correlationID]; ok {
		delete(s.calls, r.correlationID)
		waiting <- r
	}
	return true
}
