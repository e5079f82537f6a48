package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/centrifugal/centrifuge-go"
)

// closeTimeout is how long a server may take to accept the close frame before the connection is
// cut.
const closeTimeout = time.Second

// settleTime is how long a session waits before it closes the SDK. The SDK keeps a goroutine for
// each command that it has sent: one that began to run before the end of the connection ends with
// it, one that begins later stays for the whole ReadTimeout.
const settleTime = 20 * time.Millisecond

// settings is what a connection is made with.
type settings struct {
	url         string
	token       string
	userID      string
	timeout     time.Duration // of a call whose context has no deadline
	readTimeout time.Duration // of an inline reply
}

// session is one connection: from dialing until it is lost or closed, and not used again after.
//
// The SDK could reconnect by itself. It does not here, because a reconnecting SDK keeps each
// attempt, and each call that it has sent, waiting for its whole ReadTimeout.
type session struct {
	sdk        *centrifuge.Client
	transport  transport
	subscribed chan struct{}
	hello      helloReply

	// ctx ends with the connection; its cause says why.
	ctx context.Context
	end context.CancelCauseFunc

	mu    sync.Mutex
	calls map[string]chan<- reply // the calls that wait for a reply, by correlation ID
}

// openSession makes one attempt to connect: it returns once calls can be made, and when it fails it
// leaves nothing running.
func openSession(ctx context.Context, with settings) (*session, error) {
	s := &session{subscribed: make(chan struct{}), calls: map[string]chan<- reply{}}
	s.ctx, s.end = context.WithCancelCause(context.Background())
	s.transport.closed = s.transportClosed
	s.sdk = centrifuge.NewJsonClient(with.url, s.config(ctx, with))
	if err := s.open(ctx, with.userID); err != nil {
		s.close(err)
		return nil, err
	}
	return s, nil
}

func (s *session) config(ctx context.Context, with settings) centrifuge.Config {
	return centrifuge.Config{
		Token: with.token,
		// Asked when the token has expired; without it the SDK would try for ever.
		GetToken: func(centrifuge.ConnectionTokenEvent) (string, error) {
			return "", centrifuge.ErrUnauthorized
		},
		// How long the SDK waits for an inline reply, whatever the call's context says. It also
		// keeps a goroutine for each call as long as this, hence not simply an hour.
		ReadTimeout:      with.readTimeout,
		WriteTimeout:     writeTimeout,
		HandshakeTimeout: connectTimeout,
		NetDialContext:   s.transport.dialer(ctx),
		// A session does not reconnect: it has been closed long before.
		MinReconnectDelay: time.Hour,
		MaxReconnectDelay: time.Hour,
	}
}

func (s *session) open(ctx context.Context, userID string) error {
	cutWhenLate := context.AfterFunc(ctx, s.transport.cut)
	defer cutWhenLate()
	if err := s.subscribe(userID); err != nil {
		return &ConnectionError{Reason: err.Error(), final: true}
	}
	if err := s.sdk.Connect(); err != nil {
		return s.failure(ctx, dialReason(err))
	}
	select {
	case <-s.subscribed:
	case <-s.ctx.Done():
		return s.failure(ctx, "")
	case <-ctx.Done():
		return s.failure(ctx, "the server did not accept the connection and the subscription to the user's channel in time")
	}
	return s.sayHello(ctx)
}

// subscribe asks for the user's channel; the SDK does it once it is connected. The handlers below
// run one after the other on a goroutine of the SDK and so never wait.
func (s *session) subscribe(userID string) error {
	channel := userChannel(userID)
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
		s.deliver(e.Data)
	})
	s.sdk.OnConnecting(func(e centrifuge.ConnectingEvent) {
		if e.Code != 0 { // 0 is our own call of Connect
			s.end(&ConnectionError{Code: serverCode(e.Code), Reason: e.Reason})
		}
	})
	s.sdk.OnDisconnected(func(e centrifuge.DisconnectedEvent) {
		s.end(&ConnectionError{Code: serverCode(e.Code), Reason: explain(e.Code, e.Reason), final: true})
	})
	s.sdk.OnError(func(e centrifuge.ErrorEvent) {
		if refusal := new(centrifuge.Error); errors.As(e.Error, &refusal) {
			s.end(&ConnectionError{
				Code:   int(refusal.Code),
				Reason: explain(refusal.Code, refusal.Message),
				final:  !refusal.Temporary,
			})
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

func (s *session) sayHello(ctx context.Context) error {
	data, err := encodeJSON(map[string]int{"$rpc": protocolVersion})
	if err != nil {
		return err
	}
	answer, err := s.sdk.RPC(ctx, helloMethod, data)
	if refusal := new(centrifuge.Error); errors.As(err, &refusal) {
		return helloError(refusal)
	}
	if err != nil {
		select { // why the connection was lost comes after the error
		case <-s.ctx.Done():
		case <-ctx.Done():
		}
		return s.failure(ctx, "the server did not answer "+helloMethod+" in time")
	}
	s.hello, err = readHello(answer.Data)
	if err != nil {
		return &ConnectionError{Reason: err.Error(), final: true}
	}
	return nil
}

// failure says why opening failed: what the server said, else that the time was up, else fallback.
func (s *session) failure(ctx context.Context, fallback string) error {
	if cause := new(ConnectionError); errors.As(context.Cause(s.ctx), &cause) {
		return cause
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return &ConnectionError{Reason: "connecting was cancelled", cause: ctx.Err()}
	}
	return &ConnectionError{Reason: fallback, cause: ctx.Err()}
}

// transportClosed is called when the SDK has closed the WebSocket. While it is still connecting it
// says nothing more of that; otherwise it gives a better reason within no time.
func (s *session) transportClosed() {
	time.AfterFunc(closeTimeout/2, func() {
		s.end(&ConnectionError{Reason: "the server closed the connection"})
	})
}

// close ends the session with a reason, and returns when nothing of it runs any more.
func (s *session) close(why error) {
	s.end(why)
	time.Sleep(settleTime)
	cut := time.AfterFunc(closeTimeout, s.transport.cut)
	defer cut.Stop()
	s.sdk.Close()
}

// deliver hands a publication on the user's channel to the call that waits for it, if any. It runs
// on the SDK's goroutine: a call's channel has room for every reply that can come.
func (s *session) deliver(data json.RawMessage) {
	r, ok := readReply(data)
	if !ok || r.pending {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if waiting, ok := s.calls[r.correlationID]; ok {
		delete(s.calls, r.correlationID)
		waiting <- r
	}
}
