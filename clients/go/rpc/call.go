package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"centrifugorpc/rpc/internal/centrifugo"
	"centrifugorpc/rpc/wire"
)

// commandTimeout bounds commands of the client's own.
const commandTimeout = 5 * time.Second

// maxKeyLength is the length of the longest idempotency key, in characters.
const maxKeyLength = 128

// errSendAgain means that a sending of a call has failed, and that the call must be sent again.
var errSendAgain = errors.New("the call must be sent again")

// outgoing is a call that has not ended. Each sending has the same ID.
type outgoing struct {
	id             string
	method         string
	params         json.RawMessage
	trace          TraceContext
	idempotencyKey string
	retry          bool // whether it is sent again if the server refuses to run it

	attempt  int       // how often it was sent and not refused: if it was, the server may have run it
	epoch    string    // the gateway's epoch before the first of these attempts
	refusals int       // how often the server refused to run it
	refusal  *RPCError // the last refusal

	// Before the next sending.
	pause  time.Duration
	spread time.Duration // once there is a session

	published chan reply    // has room for one: the reply on the user's channel
	again     chan struct{} // has room for one: no gateway runs the call any more

	// Guarded by calls.mu.
	wake    context.CancelFunc // ends the wait for the reply to the command
	pending bool
}

// call sends a call, again if need be, and waits for its end. ctx has a deadline. Errors are
// *[RPCError].
func (c *connection) call(ctx context.Context, o *outgoing) (json.RawMessage, error) {
	o.published, o.again = make(chan reply, 1), make(chan struct{}, 1)
	c.calls.add(o)
	defer c.calls.remove(o)
	for {
		result, err := c.send(ctx, o)
		if errors.Is(err, errSendAgain) {
			continue
		}
		if err != nil && o.attempt > 0 && errors.Is(ctx.Err(), context.Canceled) {
			go c.cancel(ctx, o.id)
		}
		return result, err
	}
}

// send sends a call and waits for its end, which may be the published reply to an earlier sending.
func (c *connection) send(ctx context.Context, o *outgoing) (json.RawMessage, error) {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	c.calls.wakeBy(o, stop)
	r, err := c.exchange(waiting, o)
	select {
	case r = <-o.published:
		err = nil
	default:
	}
	if err != nil {
		return nil, err
	}
	if refused := new(RPCError); errors.As(r.err, &refused) {
		return nil, c.refused(ctx, o, refused)
	}
	return r.result, nil
}

// exchange sends a call, when its pause has ended, and waits for the reply to the command.
func (c *connection) exchange(ctx context.Context, o *outgoing) (reply, error) {
	wait(ctx, o.pause)
	s, err := c.ready(ctx)
	if err == nil && o.spread > 0 {
		wait(ctx, o.spread)
		s, err = c.ready(ctx)
	}
	o.pause, o.spread = 0, 0
	if err != nil {
		return reply{}, o.notConnectedError(ctx, err)
	}
	return s.exchange(ctx, o)
}

func (s *session) exchange(ctx context.Context, o *outgoing) (reply, error) {
	switch {
	case ctx.Err() != nil:
		return reply{}, o.contextError(ctx)
	case o.attempt > 0 && !s.hello.KeepsCalls:
		return reply{}, lostError(errors.New("the next gateway does not keep calls"))
	}
	data, err := s.encodeCall(ctx, o)
	if err != nil {
		return reply{}, err
	}
	o.attempt++
	s.watchServer()
	answer, err := s.RPC(ctx, o.method, data)
	if err == nil {
		r, ok := readReply(answer)
		switch {
		case !ok || r.correlationID != o.id:
			message := fmt.Sprintf("the server answered %s with something that is not a reply of protocol version %d", o.method, protocolVersion)
			return reply{}, &RPCError{Code: CodeInternal, Message: message}
		case !r.pending:
			return r, nil
		}
		if s.awaitPublished(ctx, o) {
			o.spread = s.connection.calls.spread()
			return reply{}, errSendAgain
		}
	}
	return reply{}, s.failed(ctx, o, err)
}

// awaitPublished waits until ctx or the session has ended. It returns true if the call must be sent again
// before that.
func (s *session) awaitPublished(ctx context.Context, o *outgoing) bool {
	s.connection.setPending(o, s.hello.KeepsCalls)
	defer s.connection.setPending(o, false)
	select {
	case <-ctx.Done():
	case <-s.Context().Done():
	case <-o.again:
		return true
	}
	return false
}

// failed returns the end of a call that got no reply because of an error, or after pending.
func (s *session) failed(ctx context.Context, o *outgoing, err error) error {
	if errors.Is(err, centrifugo.ErrNotSent) {
		o.attempt--
	}
	refusal := new(centrifugo.Error)
	switch {
	case errors.As(err, &refusal) && s.hello.KeepsCalls && refusal.Code == internalServerError:
		o.pause = s.connection.client.settings.backOff(o.attempt-1, 0)
		return errSendAgain
	case errors.As(err, &refusal):
		return s.connection.refused(ctx, o, rpcErrorOfCentrifugo(refusal))
	case ctx.Err() != nil:
		return o.contextError(ctx)
	case errors.Is(err, centrifugo.ErrNotSent), s.hello.KeepsCalls && !errors.Is(s.lost(), errDisconnected):
		if o.attempt > 0 {
			o.spread = s.connection.calls.spread()
		}
		return errSendAgain
	}
	return lostError(s.lost())
}

// refused returns the error with which the server has ended a call, or errSendAgain if the call was not
// run and there is time to send it again.
func (c *connection) refused(ctx context.Context, o *outgoing, err *RPCError) error {
	pause := c.client.settings.backOff(o.refusals, err.retryAfter())
	deadline, _ := ctx.Deadline()
	if !err.Retryable() || !o.retry || time.Until(deadline) <= pause {
		if err.Retryable() && o.attempt > 1 { // it is not known whether an earlier attempt has run
			message := "an earlier sending may have run; the last one did not: " + err.Message
			return &RPCError{Code: CodeOutcomeUnknown, Message: message}
		}
		return err
	}
	o.refusal, o.pause = err, pause
	o.refusals++
	o.attempt--
	return errSendAgain
}

// internalServerError is Centrifugo's code if the gateway did not answer in time.
const internalServerError = 100

func (s *session) encodeCall(ctx context.Context, o *outgoing) ([]byte, error) {
	if o.attempt == 0 { // so it does not matter what the gateway has forgotten
		o.epoch = s.hello.Epoch
	}
	data, err := wire.Marshal(callEnvelope{
		Version:        protocolVersion,
		CorrelationID:  o.id,
		Params:         o.params,
		TimeoutMS:      millisecondsLeft(ctx),
		Attempt:        o.attempt + 1,
		Epoch:          o.epoch,
		IdempotencyKey: o.idempotencyKey,
		TraceContext:   o.trace,
	})
	if err != nil {
		return nil, invalidParams(err)
	}
	limit := s.hello.MaxMessageBytes
	if size := centrifugo.FrameBytes(o.method, data); limit > 0 && size > limit {
		message := fmt.Sprintf("the call has %d bytes and the server takes at most %d: it was not sent", size, limit)
		return nil, &RPCError{Code: CodePayloadTooLarge, Message: message}
	}
	return data, nil
}

// cancel asks the server to stop a call, until it has answered or the call's time is up: the handler may
// still run after the loss of a connection.
func (c *connection) cancel(call context.Context, id string) {
	data, err := encodeControl(map[string]any{"correlation_id": id})
	if err != nil {
		return
	}
	deadline, _ := call.Deadline()
	ctx, stop := context.WithDeadline(c.ctx, deadline)
	defer stop()
	for attempt := 0; ; attempt++ {
		s, err := c.ready(ctx)
		if err != nil {
			return
		}
		_, err = s.RPC(ctx, cancelMethod, data)
		refusal := new(centrifugo.Error)
		switch {
		case errors.Is(err, centrifugo.ErrNotSent), errors.Is(err, centrifugo.ErrLost):
		case errors.As(err, &refusal) && refusal.Code == internalServerError:
		default:
			return
		}
		wait(ctx, c.client.settings.backOff(attempt, 0))
	}
}

// watchServer has the transport watch the server while calls wait.
func (s *session) watchServer() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.watched {
		s.watched = true
		go s.Watch(s.awaits)
	}
}

// awaits reports whether calls wait. If none does, the next one starts another watch.
func (s *session) awaits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watched = s.connection.calls.any()
	return s.watched
}

// millisecondsLeft returns the time until the deadline, rounded up: timeout_ms may not be 0.
func millisecondsLeft(ctx context.Context) int64 {
	deadline, _ := ctx.Deadline()
	return max(1, int64((time.Until(deadline)+time.Millisecond-1)/time.Millisecond))
}

func invalidParams(cause error) *RPCError {
	return &RPCError{Code: CodeInvalidParams, Message: "the params cannot be sent as JSON: " + cause.Error(), cause: cause}
}

// The messages of calls whose time is up.
const (
	timeUpUnsent = "The call's time was up before it was sent: it was not run."
	timeUpSent   = "The call was sent, and its time was up before its result arrived."
)

// contextError returns the error of a call whose context has ended; late is the message if its time
// was up.
func contextError(ctx context.Context, late string) *RPCError {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &RPCError{Code: CodeDeadlineExceeded, Message: late, cause: ctx.Err()}
	}
	return &RPCError{Code: CodeCancelled, Message: errorTable[CodeCancelled].summary, cause: ctx.Err()}
}

// contextError returns the error of a call whose context has ended.
func (o *outgoing) contextError(ctx context.Context) *RPCError {
	switch {
	case o.attempt > 0:
		return contextError(ctx, timeUpSent)
	case o.refusal != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return o.refusal
	}
	return contextError(ctx, timeUpUnsent)
}

// notConnectedError returns the error of a call that got no session, for the first time or again.
func (o *outgoing) notConnectedError(ctx context.Context, why error) *RPCError {
	switch {
	case ctx.Err() != nil && (o.attempt > 0 || o.refusal != nil):
		return o.contextError(ctx)
	case o.attempt == 0:
		return notSentError(ctx, why)
	}
	return lostError(why)
}

// lostError returns the error of a call that was sent on a session that has ended.
func lostError(why error) *RPCError {
	if errors.Is(why, errDisconnected) {
		return &RPCError{Code: CodeCancelled, Message: errDisconnected.Error()}
	}
	message := fmt.Sprintf("%s (%s)", errorTable[CodeOutcomeUnknown].summary, reasonText(why))
	return &RPCError{Code: CodeOutcomeUnknown, Message: message}
}

// notSentError returns the error of a call that got no session.
func notSentError(ctx context.Context, why error) *RPCError {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return contextError(ctx, timeUpUnsent)
	case errors.Is(why, errDisconnected):
		return lostError(why)
	}
	return &RPCError{Code: notConnectedCode(why), Message: "nothing was sent: " + reasonText(why), cause: ctx.Err()}
}

// notConnectedCode returns the code of the error for a missing connection.
func notConnectedCode(why error) int {
	if refusal := new(ConnectionError); errors.As(why, &refusal) && refusal.final && refusal.Unauthorized() {
		return CodeUnauthenticated
	}
	return CodeUnavailable
}
