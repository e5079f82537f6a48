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

// errSendAgain is why a call failed that was not sent: the session was lost before. Another session
// can send it.
var errSendAgain = errors.New("the call was not sent")

// call sends one call and waits for its end. ctx has a deadline. Errors other than [errSendAgain] are
// *[RPCError].
func (s *session) call(ctx context.Context, method string, params json.RawMessage, trace TraceContext) (json.RawMessage, error) {
	if ctx.Err() != nil {
		return nil, contextError(ctx, timeUpUnsent)
	}
	id := newUUIDv7(time.Now())
	data, err := s.encodeCall(ctx, id, method, params, trace)
	if err != nil {
		return nil, err
	}
	inlineCtx, stop := context.WithCancel(ctx)
	defer stop()
	published := make(chan reply, 1)
	s.await(id, func(r reply) {
		select {
		case published <- r:
			stop() // no need to wait for the inline reply
		default: // published again
		}
	})
	defer s.forget(id)

	answer, err := s.RPC(inlineCtx, method, data)
	if err == nil {
		r, ok := readReply(answer)
		switch {
		case !ok || r.correlationID != id:
			message := fmt.Sprintf("the server answered %s with something that is not a reply of protocol version %d", method, protocolVersion)
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
	refusal := new(centrifugo.Error)
	switch {
	case errors.As(err, &refusal):
		return nil, rpcErrorOfCentrifugo(refusal)
	case errors.Is(err, centrifugo.ErrNotSent) && ctx.Err() != nil:
		return nil, contextError(ctx, timeUpUnsent)
	case errors.Is(err, centrifugo.ErrNotSent):
		return nil, errSendAgain
	case ctx.Err() != nil:
		if errors.Is(ctx.Err(), context.Canceled) {
			go s.cancel(id)
		}
		return nil, contextError(ctx, timeUpSent)
	}
	return nil, lostError(s.lost())
}

func (s *session) encodeCall(ctx context.Context, id, method string, params json.RawMessage, trace TraceContext) ([]byte, error) {
	data, err := wire.Marshal(callEnvelope{
		Version:       protocolVersion,
		CorrelationID: id,
		Params:        params,
		TimeoutMS:     millisecondsLeft(ctx),
		Attempt:       1,
		Epoch:         s.hello.Epoch,
		TraceContext:  trace,
	})
	if err != nil {
		return nil, invalidParams(err)
	}
	limit := s.hello.MaxMessageBytes
	if size := centrifugo.FrameBytes(method, data); limit > 0 && size > limit {
		message := fmt.Sprintf("the call has %d bytes and the server takes at most %d: it was not sent", size, limit)
		return nil, &RPCError{Code: CodePayloadTooLarge, Message: message}
	}
	return data, nil
}

// cancel asks the server to stop a call.
func (s *session) cancel(id string) {
	ctx, stop := context.WithTimeout(s.Context(), cancelTimeout)
	defer stop()
	if data, err := encodeControl(map[string]any{"correlation_id": id}); err == nil {
		_, _ = s.RPC(ctx, cancelMethod, data)
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
