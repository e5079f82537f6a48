package rpc

import (
	"context"
	"errors"
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
	sending    chan struct{} // has room for one: see rpc

	// doomed ends when the network connection is lost or closed: then nothing more is sent. ctx ends
	// after it.
	doomed context.Context
	doom   context.CancelFunc
	// ctx ends with the connection; its cause says why.
	ctx context.Context
	end context.CancelCauseFunc

	mu    sync.Mutex
	calls map[string]chan<- reply // the calls that wait for a reply, by correlation ID
}

// openSession makes one attempt to connect: it returns once calls can be made, and when it fails it
// leaves nothing open.
func openSession(ctx context.Context, with settings) (*session, error) {
	s := &session{
		subscribed: make(chan struct{}),
		sending:    make(chan struct{}, 1),
		calls:      map[string]chan<- reply{},
	}
	s.ctx, s.end = context.WithCancelCause(context.Background())
	s.doomed, s.doom = context.WithCancel(s.ctx)
	s.transport.lost = s.transportLost
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
		// Asked when the token has expired: there is no other.
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
	s.watchConnection()
	if err := s.subscribe(userChannel(userID)); err != nil {
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

func (s *session) sayHello(ctx context.Context) error {
	data, err := encodeJSON(map[string]int{"$rpc": protocolVersion})
	if err != nil {
		return err
	}
	answer, err := s.rpc(ctx, helloMethod, data)
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
	s.hello, err = readHello(answer)
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

// close ends the session with a reason, and returns when the connection is closed.
func (s *session) close(why error) {
	s.end(why)
	time.Sleep(settleTime)
	cut := time.AfterFunc(closeTimeout, s.transport.cut)
	defer cut.Stop()
	s.sdk.Close()
}
