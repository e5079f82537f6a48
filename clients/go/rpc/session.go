package rpc

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
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
	getToken    func(context.Context) (string, error) // nil without WithGetToken
	userID      string
	timeout     time.Duration // of a call whose context has no deadline
	readTimeout time.Duration // of an inline reply
	trace       func(context.Context) TraceContext
	onMismatch  func(ContractMismatch) // nil without WithContractMismatch
}

// session is one connection: from dialing until it is lost or closed, and not used again after.
//
// The SDK could reconnect by itself. It does not here, because a reconnecting SDK keeps each
// attempt, and each call that it has sent, waiting for its whole ReadTimeout.
type session struct {
	sdk        *centrifuge.Client
	transport  transport
	turn       *turn // ends when the network connection does, a little before ctx
	subscribed chan struct{}
	hello      helloReply
	refreshed  atomic.Bool // whether a new token was sent

	// ctx ends with the connection; its cause says why.
	ctx context.Context
	end context.CancelCauseFunc
	// closed is closed when the SDK is.
	closed chan struct{}

	channels *subscriptions // of the client

	mu    sync.Mutex
	calls map[string]chan<- reply // the calls that wait for a reply, by correlation ID
}

// openSession makes one attempt to connect: it returns once calls can be made, and when it fails it
// leaves nothing open.
func openSession(ctx context.Context, with settings, tokens *tokenSource, channels *subscriptions) (*session, error) {
	token, err := tokens.current(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{
		turn:       newTurn(),
		subscribed: make(chan struct{}),
		closed:     make(chan struct{}),
		calls:      map[string]chan<- reply{},
		channels:   channels,
	}
	s.ctx, s.end = context.WithCancelCause(context.Background())
	s.transport.turn = s.turn
	context.AfterFunc(s.turn.over, s.transportEnded)
	config := s.config(ctx, with)
	config.Token = token
	// Asked when the connection has to be refreshed. It is not when the SDK connects: it has a token.
	config.GetToken = func(centrifuge.ConnectionTokenEvent) (string, error) { return s.nextToken(tokens) }
	s.sdk = centrifuge.NewJsonClient(with.url, config)
	if err := s.open(ctx, with.userID); err != nil {
		s.close(err)
		return nil, err
	}
	return s, nil
}

func (s *session) config(ctx context.Context, with settings) centrifuge.Config {
	return centrifuge.Config{
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
		return s.sayHello(ctx)
	case <-s.ctx.Done():
	case <-ctx.Done():
	}
	return s.failure(ctx, "the server did not accept the connection and the subscription to the user's channel in time")
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

// failure says why opening failed: that connecting was cancelled, what is late when the time was up,
// and else what the server said.
func (s *session) failure(ctx context.Context, late string) error {
	cause := new(ConnectionError)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return &ConnectionError{Reason: "connecting was cancelled", cause: ctx.Err()}
	case ctx.Err() == nil && errors.As(context.Cause(s.ctx), &cause):
		return cause
	}
	return &ConnectionError{Reason: late, cause: ctx.Err()}
}

// close ends the session with a reason, and returns when the connection is closed.
func (s *session) close(why error) {
	s.end(why)
	cut := time.AfterFunc(closeTimeout, s.transport.cut)
	defer cut.Stop()
	s.awaitSent()
	if s.refreshed.Load() {
		s.endRefresh()
	}
	s.sdk.Close()
	close(s.closed)
}

// awaitSent waits until a command that is being sent has left, and lets no other be sent.
func (s *session) awaitSent() {
	ctx, stop := context.WithTimeout(context.Background(), closeTimeout)
	defer stop()
	if s.turn.takeToSend(ctx) {
		defer s.turn.giveBack()
	}
	s.turn.end()
	time.Sleep(settleTime)
}
