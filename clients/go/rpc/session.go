package rpc

import (
	"context"
	"errors"
	"sync"
	"time"

	"centrifugorpc/rpc/internal/centrifugo"
)

// refreshPause is how long a session waits before it asks again for a token that it could not get.
// Centrifugo keeps a connection for 25 s after its token has expired.
const refreshPause = 5 * time.Second

// session is one connection to Centrifugo whose server has been greeted. It is not used again after
// it is lost.
type session struct {
	transport
	connection *connection
	hello      helloReply

	mu      sync.Mutex
	own     *centrifugo.Subscription // to the user's channel
	watched bool                     // whether the transport watches the server
}

// openSession makes one attempt to connect: it returns once calls can be made. If it fails, it leaves
// nothing open. The error is a *[ConnectionError].
func (c *connection) openSession(ctx context.Context) (*session, error) {
	with := c.client.settings
	token, err := c.tokens.current(ctx)
	if err != nil {
		return nil, err
	}
	conn, expiry, err := with.open(ctx, with.url, token)
	if err != nil {
		return nil, openError(ctx, err, "the server did not accept the connection in time")
	}
	s := &session{transport: conn, connection: c}
	if err := s.prepare(ctx); err != nil {
		s.Close(err)
		c.position = s.position()
		return nil, err
	}
	go s.refresh(expiry)
	return s, nil
}

// prepare subscribes to the user's channel, from where the last session was, and greets the server. If
// replies were missed, that does no harm: calls that were sent are sent again.
func (s *session) prepare(ctx context.Context) error {
	own := userChannel(s.connection.client.settings.userID)
	subscription, err := s.transport.Subscribe(ctx, own, s.connection.position, s.receive)
	refusal := new(centrifugo.Error)
	if errors.As(err, &refusal) {
		return subscriptionRefused(own, refusal)
	}
	if err != nil {
		return s.openError(ctx, err, "the server did not accept the subscription to the user's channel in time")
	}
	s.keepPosition(subscription)
	data, err := encodeControl(map[string]any{})
	if err != nil {
		return err
	}
	answer, err := s.RPC(ctx, helloMethod, data)
	if errors.As(err, &refusal) {
		return helloError(refusal)
	}
	if err != nil {
		return s.openError(ctx, err, "the server did not answer "+helloMethod+" in time")
	}
	if s.hello, err = readHello(answer); err != nil {
		return &ConnectionError{Reason: err.Error(), final: true}
	}
	go s.keepUserChannel(own, subscription)
	return nil
}

func (s *session) keepPosition(own *centrifugo.Subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.own = own
}

// position returns where the next session can continue the user's channel.
func (s *session) position() *centrifugo.Position {
	s.mu.Lock()
	own := s.own
	s.mu.Unlock()
	if own == nil {
		return s.connection.position
	}
	return own.Position()
}

func (s *session) openError(ctx context.Context, err error, late string) error {
	if s.Context().Err() != nil {
		err = context.Cause(s.Context())
	}
	return openError(ctx, err, late)
}

// lost returns why the session has ended.
func (s *session) lost() error {
	why := context.Cause(s.Context())
	if refusal := new(centrifugo.Error); errors.As(why, &refusal) {
		return connectionError(refusal)
	}
	return why
}

// keepUserChannel subscribes again when the server asks for it, and ends the session when that fails
// or replies may have been missed: the next session sends the calls again.
func (s *session) keepUserChannel(own string, subscription *centrifugo.Subscription) {
	for {
		select {
		case <-subscription.Ended():
		case <-s.Context().Done():
			return
		}
		why := subscription.Err()
		if !why.Temporary {
			s.Close(&ConnectionError{Code: why.Code, Reason: "the server ended the subscription to " + own + ": " + why.Message})
			return
		}
		var err error
		if subscription, err = s.subscribeAgain(own, subscription.Position()); err != nil {
			s.Close(err)
			return
		}
		s.keepPosition(subscription)
	}
}

// subscribeAgain subscribes to the user's channel from a position on.
func (s *session) subscribeAgain(own string, from *centrifugo.Position) (*centrifugo.Subscription, error) {
	ctx, stop := context.WithTimeout(s.Context(), connectTimeout)
	defer stop()
	for delay := firstRetryDelay; ; delay = min(2*delay, maxRetryDelay) {
		subscription, err := s.transport.Subscribe(ctx, own, from, s.receive)
		refusal := new(centrifugo.Error)
		switch {
		case err == nil && subscription.Missed():
			return nil, &ConnectionError{Reason: "replies on " + own + " were missed"}
		case err == nil:
			return subscription, nil
		case !errors.As(err, &refusal):
			return nil, s.openError(ctx, err, "the server did not accept the subscription to "+own+" in time")
		case !refusal.Temporary:
			return nil, subscriptionRefused(own, refusal)
		}
		pause(ctx, delay)
	}
}

// receive hands a publication on the user's channel to the call that it replies to; what is not a
// reply goes to the application.
func (s *session) receive(publication centrifugo.Publication) {
	r, ok := readReply(publication.Data)
	if !ok {
		s.connection.deliver(userChannel(s.connection.client.settings.userID), publication)
		return
	}
	s.connection.calls.receive(r)
}

// refresh sends the server a new token whenever the old one is about to expire.
func (s *session) refresh(expiry centrifugo.Expiry) {
	ctx := s.Context()
	for wait := time.Duration(expiry.TTL) * time.Second; expiry.Expires; {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		token, err := s.connection.tokens.next(ctx)
		if err == nil {
			expiry, err = s.Refresh(ctx, token)
			wait = time.Duration(expiry.TTL) * time.Second
		}
		if refusal := new(centrifugo.Error); errors.As(err, &refusal) {
			err = connectionError(refusal)
		}
		if isFinal(err) {
			s.Close(err)
			return
		}
		if err != nil {
			expiry.Expires, wait = true, refreshPause
		}
	}
}

// subscribe subscribes to a channel of the application. The session itself has subscribed to the
// user's channel.
func (s *session) subscribe(ctx context.Context, name string, from *centrifugo.Position) (*centrifugo.Subscription, error) {
	if name == userChannel(s.connection.client.settings.userID) {
		return &centrifugo.Subscription{}, nil
	}
	return s.transport.Subscribe(ctx, name, from, func(p centrifugo.Publication) { s.connection.deliver(name, p) })
}
