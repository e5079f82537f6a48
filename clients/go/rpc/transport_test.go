package rpc

import (
	"context"
	"encoding/json"
	"testing"

	"centrifugorpc/rpc/internal/centrifugo"
)

// fakeTransport is a connection without a server.
type fakeTransport struct {
	ctx context.Context
	end context.CancelCauseFunc
	rpc func(method string, data json.RawMessage) (json.RawMessage, error)

	watches chan func() bool
}

func (f *fakeTransport) RPC(_ context.Context, method string, data json.RawMessage) (json.RawMessage, error) {
	if method == helloMethod {
		return json.RawMessage(`{"$rpc":1,"versions":[1]}`), nil
	}
	return f.rpc(method, data)
}

func (f *fakeTransport) Subscribe(context.Context, string, *centrifugo.Position, func(centrifugo.Publication)) (*centrifugo.Subscription, error) {
	return &centrifugo.Subscription{}, nil
}

func (f *fakeTransport) Refresh(context.Context, string) (centrifugo.Expiry, error) {
	return centrifugo.Expiry{}, nil
}

func (f *fakeTransport) Watch(waiting func() bool) { f.watches <- waiting }

func (f *fakeTransport) Context() context.Context { return f.ctx }

func (f *fakeTransport) Close(why error) { f.end(why) }

// clientOn returns a client that is connected through fake transports; rpc answers the commands of
// the first, second and further ones.
func clientOn(t *testing.T, rpc ...func(f *fakeTransport, data json.RawMessage) (json.RawMessage, error)) *Client {
	client := newTestClient("ws://nowhere")
	opened := 0
	client.settings.open = func(context.Context, string, string) (transport, centrifugo.Expiry, error) {
		f := &fakeTransport{watches: make(chan func() bool, 10)}
		f.ctx, f.end = context.WithCancelCause(context.Background())
		answer := rpc[min(opened, len(rpc)-1)]
		opened++
		f.rpc = func(_ string, data json.RawMessage) (json.RawMessage, error) { return answer(f, data) }
		return f, centrifugo.Expiry{}, nil
	}
	t.Cleanup(client.Disconnect)
	if err := client.Connect(testContext(t)); err != nil {
		t.Fatal(err)
	}
	return client
}

func succeed(_ *fakeTransport, data json.RawMessage) (json.RawMessage, error) {
	var call callEnvelope
	if err := json.Unmarshal(data, &call); err != nil {
		return nil, err
	}
	return encodeControl(map[string]any{"correlation_id": call.CorrelationID, "result": "done"})
}

func loseWith(err error) func(*fakeTransport, json.RawMessage) (json.RawMessage, error) {
	return func(f *fakeTransport, _ json.RawMessage) (json.RawMessage, error) {
		f.end(&centrifugo.Error{Code: 3001, Message: "shutdown", Temporary: true})
		return nil, err
	}
}

func TestCallThatWasNotSentIsSentOnTheNextConnection(t *testing.T) {
	client := clientOn(t, loseWith(centrifugo.ErrNotSent), succeed)
	if result, err := client.Call(testContext(t), "m", nil); err != nil || string(result) != `"done"` {
		t.Errorf("result %s, error %v", result, err)
	}
}

func TestCallThatWasSentIsNotSentAgain(t *testing.T) {
	client := clientOn(t, loseWith(centrifugo.ErrLost), succeed)
	_, err := client.Call(testContext(t), "m", nil)
	wantText(t, wantCode(t, err, CodeOutcomeUnknown), "shutdown (code 3001)")
}

func TestTransportIsWatchedWhileCallsWait(t *testing.T) {
	answering := func(f *fakeTransport, data json.RawMessage) (json.RawMessage, error) {
		if waiting := receive(t, f.watches); !waiting() {
			t.Error("the call does not wait")
		} else {
			f.watches <- waiting
		}
		return succeed(f, data)
	}
	client := clientOn(t, answering)
	f := client.connection.state().session.transport.(*fakeTransport)
	for range 2 {
		if _, err := client.Call(testContext(t), "m", nil); err != nil {
			t.Fatal(err)
		}
		if receive(t, f.watches)() {
			t.Error("a call waits")
		}
	}
}
