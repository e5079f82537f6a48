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

// cancelTimeout bounds the sending of $rpc.cancel, whose reply is ignored.
const cancelTimeout = 5 * time.Second

// errSendAgain is why a sending of a call has failed after which the call is sent again: it was not
// sent, or the gateway keeps calls.
var errSendAgain = errors.New("the call is to be sent again")

// outgoing is a call that has not ended. Each sending has the same ID.
type outgoing struct {
	id      string
	method  string
	params  json.RawMessage
	trace   TraceContext
	attempt int    // how often it was sent
	epoch   string // the gateway's before the first sending
}

// call sends a call and waits for its end. ctx has a deadline. Errors other than [errSendAgain] are
// *[RPCError].
func (s *session) call(ctx context.Context, o *outgoing) (json.RawMessage, error) {
	if ctx.Err() != nil {
		return nil, o.contextError(ctx)
	}
	data, err := s.encodeCall(ctx, o)
	if err != nil {
		return nil, err
	}
	o.attempt++
	inlineCtx, stop := context.WithCancel(ctx)
	defer stop()
	published := make(chan reply, 1)
	s.await(o.id, func(r reply) {
		select {
		case published <- r:
			stop() // no need to wait for the inline reply
		default: // published again
		}
	})
	defer s.forget(o.id)

	answer, err := s.RPC(inlineCtx, o.method, data)
	if err == nil {
		r, ok := readReply(answer)
		switch {
		case !ok || r.correlationID != o.id:
			message := fmt.Sprintf("the server answered %s with something that is not a reply of protocol version %d", o.method, protocolVersion)
			return nil, &RPCError{Code: CodeInternal, Message: message}
		case !r.pending:
			return r.result, r.err
		}
		select {
		case <-inlineCtx.Done():
		case <-s.Context().Done():
		}
	}
	select {
	case r := <-published:
		return r.result, r.err
	default:
	}
	if errors.Is(err, centrifugo.ErrNotSent) {
		o.attempt--
	}
	refusal := new(centrifugo.Error)
	switch {
	case errors.As(err, &refusal) && s.hello.KeepsCalls && refusal.Code == internalServerError:
		pause(ctx, firstRetryDelay<<min(o.attempt, 5))
		return nil, errSendAgain
	case errors.As(err, &refusal):
		return nil, rpcErrorOfCentrifugo(refusal)
	case ctx.Err() != nil:
		return nil, o.contextError(ctx)
	case errors.Is(err, centrifugo.ErrNotSent), s.hello.KeepsCalls && !errors.Is(s.lost(), errDisconnected):
		return nil, errSendAgain
	}
	return nil, lostError(s.lost())
}

// internalServerError is Centrifugo's code if the gateway did not answer in time.
const internalServerError = 100

func (s *session) encodeCall(ctx context.Context, o *outgoing) ([]byte, error) {
	if o.attempt == 0 {
		o.epoch = s.hello.Epoch
	}
	data, err := wire.Marshal(callEnvelope{
		Version:       protocolVersion,
		CorrelationID: o.id,
		Params:        o.params,
		TimeoutMS:     millisecondsLeft(ctx),
		Attempt:       o.attempt + 1,
		Epoch:         o.epoch,
		TraceContext:  o.trace,
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

// cancel asks the server to stop a call, until it has answered or the call's time is up: the handler
// may run on after a loss of the connection.
func (c *connection) cancel(call context.Context, id string) {
	data, err := encodeControl(map[string]any{"correlation_id": id})
	if err != nil {
		return
	}
	deadline, _ := call.Deadline()
	ctx, stop := context.WithDeadline(c.ctx, deadline)
	defer stop()
	for {
		s, err := c.ready(ctx)
		if err != nil {
			return
		}
		_, err = s.RPC(ctx, cancelMethod, data)
		if !errors.Is(err, centrifugo.ErrNotSent) && !errors.Is(err, centrifugo.ErrLost) {
			return
		}
	}
}

func (s *session) await(id string, answered func(reply)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[id] = answered
	if !s.watched {
		s.watched = true
		go s.Watch(s.awaits)
	}
}

// awaits reports whether calls wait. If none does, the next one starts another watch.
func (s *session) awaits() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watched = len(s.calls) > 0
	return s.watched
}

func (s *session) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, id)
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
	if o.attempt == 0 {
		return contextError(ctx, timeUpUnsent)
	}
	return contextError(ctx, timeUpSent)
}

// notConnectedError returns the error of a call that got no session, for the first time or again.
func (o *outgoing) notConnectedError(ctx context.Context, why error) *RPCError {
	switch {
	case o.attempt == 0:
		return notSentError(ctx, why)
	case ctx.Err() != nil:
		return o.contextError(ctx)
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
