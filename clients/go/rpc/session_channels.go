package rpc

import (
	"context"
	"errors"

	"github.com/centrifugal/centrifuge-go"
)

// openChannel subscribes this session to a channel of the application: from where the last session
// came to, if there was one.
func (s *session) openChannel(opened *channel) {
	position := opened.lastPosition()
	config := centrifuge.SubscriptionConfig{Recoverable: position != nil}
	if position != nil {
		config.GetState = s.resumeOnce(opened, *position)
	}
	subscription, err := s.sdk.NewSubscription(opened.name, config)
	if err != nil {
		return // another goroutine does it
	}
	subscription.OnSubscribed(func(e centrifuge.SubscribedEvent) {
		if e.Recoverable {
			opened.reached(e.StreamPosition)
		}
		opened.settle(nil)
	})
	subscription.OnPublication(func(e centrifuge.PublicationEvent) {
		opened.advanced(e.Offset)
		s.channels.deliver(opened.name, e.Publication)
	})
	subscription.OnUnsubscribed(func(e centrifuge.UnsubscribedEvent) {
		const firstServerCode = 100 // below are the SDK's own: this client has ended it
		if e.Code >= firstServerCode && s.ctx.Err() == nil {
			s.channels.end(opened, subscriptionError(opened.name, e.Code, e.Reason))
		}
	})
	s.inTurn(subscription.Subscribe)
}

// resumeOnce gives the SDK the position to go on from. When the server cannot, because the history
// does not reach back so far, the SDK asks again: then the channel begins anew.
func (s *session) resumeOnce(
	opened *channel, position centrifuge.StreamPosition,
) func(centrifuge.SubscriptionGetStateEvent) (centrifuge.StreamPosition, error) {
	asked := false
	return func(centrifuge.SubscriptionGetStateEvent) (centrifuge.StreamPosition, error) {
		if asked {
			opened.reached(nil)
			go s.reopenChannel(opened)
			return centrifuge.StreamPosition{}, errors.New("the position is not in the history any more")
		}
		asked = true
		if !s.turn.takeToSend(s.ctx) {
			return centrifuge.StreamPosition{}, errNotSent
		}
		s.transport.lendTurn() // the SDK subscribes next
		return position, nil
	}
}

func (s *session) reopenChannel(opened *channel) {
	s.closeChannel(opened.name)
	s.openChannel(opened)
}

// closeChannel ends the subscription of this session to a channel.
func (s *session) closeChannel(name string) {
	subscription, ok := s.sdk.GetSubscription(name)
	if !ok {
		return
	}
	s.inTurn(subscription.Unsubscribe)
	_ = s.sdk.RemoveSubscription(subscription)
}

// inTurn lets the SDK send a command (see turn). An error means that the session has ended.
func (s *session) inTurn(send func() error) {
	ctx, cancel := context.WithTimeout(s.ctx, writeTimeout)
	defer cancel()
	if s.turn.takeToSend(ctx) {
		defer s.turn.giveBack()
		_ = send()
	}
}
