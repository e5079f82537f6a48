package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCallSendsAnEnvelope(t *testing.T) {
	server := newFakeServer(t)
	calls := make(chan receivedCall, 1)
	server.call = func(c *fakeConn, call receivedCall) {
		calls <- call
		c.result(call, 1)
	}
	client := connectedClient(t, server, WithTimeout(20*time.Second))
	if _, err := client.Call(context.Background(), "tasks.get_stats", map[string]string{"q": "<&>"}); err != nil {
		t.Fatal(err)
	}
	call := receive(t, calls)
	if call.method != "tasks.get_stats" || call.Version != 1 || call.Attempt != 1 || call.Epoch != "epoch-1" {
		t.Errorf("method %q, envelope %+v", call.method, call.callEnvelope)
	}
	if !strings.Contains(string(call.raw), `"params":{"q":"<&>"}`) {
		t.Errorf("params are escaped: %s", call.raw)
	}
	if !correlationIDPattern.MatchString(call.CorrelationID) || call.CorrelationID[14] != '7' {
		t.Errorf("correlation ID %q is not a UUIDv7", call.CorrelationID)
	}
	if call.TimeoutMS < 15_000 || call.TimeoutMS > 20_000 {
		t.Errorf("timeout_ms %d, want the client's default of 20 s", call.TimeoutMS)
	}

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := client.Call(ctx, "tasks.get_stats", nil); err != nil {
		t.Fatal(err)
	}
	call = receive(t, calls)
	if call.TimeoutMS < 1000 || call.TimeoutMS > 5000 {
		t.Errorf("timeout_ms %d, want the context's 5 s", call.TimeoutMS)
	}
	if strings.Contains(string(call.raw), "params") {
		t.Errorf("nil params were sent: %s", call.raw)
	}
}

func TestInlineResult(t *testing.T) {
	client := connectedClient(t, newFakeServer(t))
	result, err := client.Call(testContext(t), "echo", json.RawMessage(`{"a": [1, null, "ü<>"]}`))
	if err != nil || string(result) != `{"a":[1,null,"ü<>"]}` {
		t.Errorf("result %s, error %v", result, err)
	}
}

func TestNullResult(t *testing.T) {
	server := newFakeServer(t)
	server.call = func(c *fakeConn, call receivedCall) { c.result(call, nil) }
	result, err := connectedClient(t, server).Call(testContext(t), "m", nil)
	if err != nil || string(result) != "null" {
		t.Errorf("result %s, error %v", result, err)
	}
}

func TestInlineError(t *testing.T) {
	server := newFakeServer(t)
	server.call = func(c *fakeConn, call receivedCall) {
		c.inline(call, json.RawMessage(fmt.Sprintf(
			`{"$rpc":1,"correlation_id":%q,"error":{"code":400,"message":"bad","details":{"issues":[]}}}`, call.CorrelationID)))
	}
	_, err := connectedClient(t, server).Call(testContext(t), "m", nil)
	rpcErr := wantCode(t, err, CodeInvalidParams)
	if rpcErr.Message != "bad" || string(rpcErr.Details) != `{"issues":[]}` {
		t.Errorf("%+v", rpcErr)
	}
}

func TestDeferredResult(t *testing.T) {
	server := newFakeServer(t)
	server.call = func(c *fakeConn, call receivedCall) {
		c.pending(call)
		c.publish(map[string]any{"news": "of the application"})
		c.publish(map[string]any{"$rpc": 1, "correlation_id": "another-tab", "result": 1})
		c.publish(map[string]any{"$rpc": 1, "correlation_id": call.CorrelationID, "pending": true})
		c.publishResult(call, "late")
	}
	result, err := connectedClient(t, server).Call(testContext(t), "m", nil)
	if err != nil || string(result) != `"late"` {
		t.Errorf("result %s, error %v", result, err)
	}
}

func TestDeferredError(t *testing.T) {
	server := newFakeServer(t)
	server.call = func(c *fakeConn, call receivedCall) {
		c.pending(call)
		c.publish(map[string]any{"$rpc": 1, "correlation_id": call.CorrelationID,
			"error": map[string]any{"code": 1001, "message": "quota"}})
	}
	_, err := connectedClient(t, server).Call(testContext(t), "m", nil)
	if rpcErr := wantCode(t, err, 1001); rpcErr.Message != "quota" || rpcErr.Details != nil {
		t.Errorf("%+v", rpcErr)
	}
}

func TestResultPublishedBeforePending(t *testing.T) {
	server := newFakeServer(t)
	ended := make(chan struct{})
	server.call = func(c *fakeConn, call receivedCall) {
		if call.method == "first" {
			c.publishResult(call, "early")
			<-ended // the call ends without its inline reply
		}
		c.pending(call)
		c.publishResult(call, "again")
	}
	client := connectedClient(t, server)
	result, err := client.Call(testContext(t), "first", nil)
	close(ended)
	if err != nil || string(result) != `"early"` {
		t.Errorf("result %s, error %v", result, err)
	}
	if result, err := client.Call(testContext(t), "second", nil); err != nil || string(result) != `"again"` {
		t.Errorf("the next call: result %s, error %v", result, err)
	}
}

func TestUnreadableReply(t *testing.T) {
	for _, data := range []string{`{"total":3}`, `{"$rpc":1,"correlation_id":"of-another-call","result":1}`, `[]`} {
		server := newFakeServer(t)
		server.call = func(c *fakeConn, call receivedCall) { c.inline(call, json.RawMessage(data)) }
		_, err := connectedClient(t, server).Call(testContext(t), "m", nil)
		wantText(t, wantCode(t, err, CodeInternal), "not a reply of protocol version 1")
	}
}

func TestErrorOfCentrifugo(t *testing.T) {
	for _, test := range []struct {
		centrifugo, code int
		text             string
	}{
		{100, CodeOutcomeUnknown, "(Centrifugo: 100 said so)"},
		{108, CodeUnavailable, "(Centrifugo: 108 said so)"},
		{404, CodeMethodNotFound, "[404 method_not_found] said so"},
		{1234, 1234, "[1234] said so"},
	} {
		server := newFakeServer(t)
		server.call = func(c *fakeConn, call receivedCall) { c.fail(call.commandID, test.centrifugo, "said so") }
		_, err := connectedClient(t, server).Call(WithoutRetry(testContext(t)), "m", nil)
		wantText(t, wantCode(t, err, test.code), test.text)
	}
}

func TestDeadline(t *testing.T) {
	for name, answer := range map[string]func(*fakeConn, receivedCall){
		"no reply": func(*fakeConn, receivedCall) {},
		"pending":  func(c *fakeConn, call receivedCall) { c.pending(call) },
	} {
		t.Run(name, func(t *testing.T) {
			server := newFakeServer(t)
			server.call = answer
			client := connectedClient(t, server, WithTimeout(50*time.Millisecond))
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			for _, ctx := range []context.Context{ctx, context.Background()} {
				_, err := client.Call(ctx, "m", nil)
				wantText(t, wantCode(t, err, CodeDeadlineExceeded), "The call was sent, and its time was up")
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v does not unwrap to DeadlineExceeded", err)
				}
			}
			if len(server.cancels) != 0 {
				t.Error("a cancel was sent: the server has the deadline itself")
			}
		})
	}
}

func TestCancel(t *testing.T) {
	for name, answer := range map[string]func(*fakeConn, receivedCall){
		"no reply": func(*fakeConn, receivedCall) {},
		"pending":  func(c *fakeConn, call receivedCall) { c.pending(call) },
	} {
		t.Run(name, func(t *testing.T) {
			server := newFakeServer(t)
			calls := make(chan receivedCall, 1)
			server.call = func(c *fakeConn, call receivedCall) {
				answer(c, call)
				calls <- call
			}
			client := connectedClient(t, server)
			ctx, cancel := context.WithCancel(context.Background())
			failed := make(chan error, 1)
			go func() {
				_, err := client.Call(ctx, "m", nil)
				failed <- err
			}()
			call := receive(t, calls)
			cancel()
			err := receive(t, failed)
			wantCode(t, err, CodeCancelled)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v does not unwrap to Canceled", err)
			}
			if id := receive(t, server.cancels); id != call.CorrelationID {
				t.Errorf("%s was cancelled, want %s", id, call.CorrelationID)
			}
		})
	}
}

func TestContextThatHasEndedSendsNothing(t *testing.T) {
	server := newFakeServer(t)
	calls := make(chan string, 10)
	server.call = func(c *fakeConn, call receivedCall) {
		calls <- call.method
		c.result(call, 1)
	}
	client := connectedClient(t, server)
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := client.Call(cancelled, "cancelled", nil)
	wantCode(t, err, CodeCancelled)
	late, cancel := context.WithTimeout(context.Background(), -1)
	defer cancel()
	_, err = client.Call(late, "late", nil)
	wantText(t, wantCode(t, err, CodeDeadlineExceeded), "before it was sent")
	if _, err := client.Call(testContext(t), "next", nil); err != nil {
		t.Fatal(err)
	}
	if method := receive(t, calls); method != "next" {
		t.Errorf("%s was sent", method)
	}
}

func TestPayloadTooLarge(t *testing.T) {
	const limit = 2000
	server := newFakeServer(t)
	server.hello = func(c *fakeConn, cmd command) { c.reply(cmd.ID, "rpc", helloOf("e", limit)) }
	server.call = func(c *fakeConn, call receivedCall) { c.result(call, len(call.raw)) }
	client := connectedClient(t, server)
	_, err := client.Call(testContext(t), "m", strings.Repeat("x", limit))
	rpcErr := wantCode(t, err, CodePayloadTooLarge)
	wantText(t, rpcErr, "the server takes at most 2000")

	var size int
	if _, err := fmt.Sscanf(rpcErr.Message, "the call has %d bytes", &size); err != nil {
		t.Fatal(err)
	}
	fits := strings.Repeat("x", limit-(size-limit))
	if _, err := client.Call(testContext(t), "m", fits); err != nil {
		t.Errorf("a call of exactly the limit: %v", err)
	}
	_, err = client.Call(testContext(t), "m", fits+"x")
	wantCode(t, err, CodePayloadTooLarge)
}

func TestParamsThatCannotBeSent(t *testing.T) {
	client := New("ws://127.0.0.1", "token", "42") // before there is a connection
	for _, params := range []any{math.NaN(), math.Inf(1), make(chan int), func() {}, json.RawMessage(`{`)} {
		_, err := client.Call(testContext(t), "m", params)
		rpcErr := wantCode(t, err, CodeInvalidParams)
		wantText(t, rpcErr, "the params cannot be sent as JSON")
		if rpcErr.Unwrap() == nil {
			t.Errorf("%v hides the encoder's error", err)
		}
	}
}

func TestCallBeforeConnect(t *testing.T) {
	_, err := New("ws://127.0.0.1", "token", "42").Call(testContext(t), "m", nil)
	wantText(t, wantCode(t, err, CodeUnavailable), "call Connect first")
}

func TestThousandConcurrentCalls(t *testing.T) {
	server := newFakeServer(t)
	server.call = func(c *fakeConn, call receivedCall) {
		var nonce int
		_ = json.Unmarshal(call.Params, &nonce)
		switch nonce % 4 {
		case 0:
			c.result(call, nonce)
		case 1:
			c.pending(call)
			c.publishResult(call, nonce)
		case 2:
			c.publishResult(call, nonce)
			c.pending(call)
		default:
			c.fail(call.commandID, 1000+nonce%999, "nonce")
		}
	}
	client := connectedClient(t, server)
	var running sync.WaitGroup
	for nonce := range 1000 {
		running.Go(func() {
			result, err := client.Call(testContext(t), "nonce", nonce)
			if nonce%4 == 3 {
				if rpcErr, ok := err.(*RPCError); !ok || rpcErr.Code != 1000+nonce%999 {
					t.Errorf("call %d ended with %v", nonce, err)
				}
			} else if err != nil || string(result) != fmt.Sprint(nonce) {
				t.Errorf("call %d: result %s, error %v", nonce, result, err)
			}
		})
	}
	running.Wait()
}
