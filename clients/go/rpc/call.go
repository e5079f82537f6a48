package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/centrifugal/centrifuge-go"
)

// cancelTimeout bounds the sending of $rpc.cancel, whose answer nobody waits for.
const cancelTimeout = 5 * time.Second

// call sends one call and waits for its end. ctx has a deadline. It ends with errNotSent when another
// session may send the call.
func (s *session) call(ctx context.Context, method string, params json.RawMessage, trace TraceContext) (json.RawMessage, error) {
	id := newUUIDv7(time.Now())
	data, err := s.encodeCall(ctx, id, method, params, trace)
	if err != nil {
		return nil, err
	}
	replies := make(chan reply, 2) // one inline, one published
	s.await(id, replies)
	defer s.forget(id)

	sendCtx, stop := context.WithCancel(ctx)
	defer stop()
	returned := make(chan struct{})
	go func() {
		defer close(returned)
		if r, ok := s.send(sendCtx, id, method, data); ok {
			replies <- r
		}
	}()

	for {
		select {
		case r := <-replies:
			if !r.pending {
				return r.result, r.err
			}
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				go s.cancel(id)
			}
			return nil, contextError(ctx)
		case <-s.ctx.Done():
			// The reply may have come just before the end.
			select {
			case <-returned:
			case <-time.After(closeTimeout):
			}
			if r, ok := end(replies); ok {
				return r.result, r.err
			}
			return nil, lostError(context.Cause(s.ctx))
		}
	}
}

// end gives the reply that ends the call, if it is there.
func end(replies <-chan reply) (reply, bool) {
	for len(replies) > 0 {
		if r := <-replies; !r.pending {
			return r, true
		}
	}
	return reply{}, false
}

func (s *session) encodeCall(ctx context.Context, id, method string, params json.RawMessage, trace TraceContext) ([]byte, error) {
	data, err := encodeJSON(callEnvelope{
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
	if size := frameBytes(method, data); limit > 0 && size > limit {
		message := fmt.Sprintf("the call has %d bytes and the server takes at most %d: it was not sent", size, limit)
		return nil, &RPCError{Code: CodePayloadTooLarge, Message: message}
	}
	return data, nil
}

// send gives the inline reply. It gives none when the call is to go on waiting: for the publication
// after the SDK's ReadTimeout, or for the end of the session that follows the SDK's other errors.
func (s *session) send(ctx context.Context, id, method string, data []byte) (reply, bool) {
	answer, err := s.rpc(ctx, method, data)
	if refusal := new(centrifuge.Error); errors.As(err, &refusal) {
		return reply{err: rpcErrorOfCentrifugo(refusal)}, true
	}
	if err != nil {
		return reply{err: err}, errors.Is(err, errNotSent)
	}
	r, ok := readReply(answer)
	if !ok || r.correlationID != id {
		message := fmt.Sprintf("the server answered %s with something that is no reply of protocol version %d", method, protocolVersion)
		return reply{err: &RPCError{Code: CodeInternal, Message: message}}, true
	}
	return r, true
}

// cancel tells the server to stop a call. It is sent after the call, if that is sent at all.
func (s *session) cancel(id string) {
	data, err := encodeJSON(cancelEnvelope{Version: protocolVersion, CorrelationID: id})
	if err != nil {
		return
	}
	ctx, stop := context.WithTimeout(s.ctx, cancelTimeout)
	defer stop()
	_, _ = s.rpc(ctx, cancelMethod, data)
}

func (s *session) await(id string, replies chan<- reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[id] = replies
}

func (s *session) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, id)
}

// millisecondsLeft is the time until the deadline, rounded up: 0 is no timeout_ms that may be sent.
func millisecondsLeft(ctx context.Context) int64 {
	deadline, _ := ctx.Deadline()
	return max(1, int64((time.Until(deadline)+time.Millisecond-1)/time.Millisecond))
}

func invalidParams(cause error) *RPCError {
	return &RPCError{Code: CodeInvalidParams, Message: "the params cannot be sent as JSON: " + cause.Error(), cause: cause}
}

// contextError says how a call ended whose context has.
func contextError(ctx context.Context) *RPCError {
	code := CodeCancelled
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		code = CodeDeadlineExceeded
	}
	return &RPCError{Code: code, Message: errorTable[code].summary, cause: ctx.Err()}
}

// lostError says how a call ended that was sent on a session that has ended.
func lostError(why error) *RPCError {
	if errors.Is(why, errDisconnected) {
		return &RPCError{Code: CodeCancelled, Message: errDisconnected.Error()}
	}
	message := fmt.Sprintf("%s (%s)", errorTable[CodeOutcomeUnknown].summary, reasonText(why))
	return &RPCError{Code: CodeOutcomeUnknown, Message: message}
}
