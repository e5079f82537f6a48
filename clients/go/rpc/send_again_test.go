package rpc

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// sentCall is a call that waits for the test's answer.
type sentCall struct {
	receivedCall
	conn *fakeConn
}

// keepingServer is a gateway that keeps calls and leaves their answers to the test.
func keepingServer(t *testing.T) (*fakeServer, <-chan sentCall) {
	server := newFakeServer(t)
	server.hello = func(c *fakeConn, cmd command) { c.reply(cmd.ID, "rpc", keeping("epoch-1")) }
	sent := make(chan sentCall, 1000)
	answer := func(c *fakeConn, call receivedCall) { sent <- sentCall{call, c} }
	server.call, server.calls = answer, answer
	return server, sent
}

func keeping(epoch string) map[string]any {
	hello := helloOf(epoch, 1<<20)
	hello["data"].(map[string]any)["keeps_calls"] = true
	return hello
}

// impatient is connected, and does not wait long before it sends or asks again.
func impatient(t *testing.T, server *fakeServer) *Client {
	return patient(t, server, 2*time.Millisecond, 10*time.Millisecond)
}

func patient(t *testing.T, server *fakeServer, firstBackOff, watchInterval time.Duration) *Client {
	t.Helper()
	return connectedClient(t, server, func(s *settings) {
		s.firstBackOff, s.watchInterval = firstBackOff, watchInterval
	})
}

type ended struct {
	result []byte
	err    error
}

// start makes a call and sends its end.
func start(ctx context.Context, client *Client) <-chan ended {
	end := make(chan ended, 1)
	go func() {
		result, err := client.Call(ctx, "m", 1)
		end <- ended{result, err}
	}()
	return end
}

func wantResult(t *testing.T, end <-chan ended, want string) {
	t.Helper()
	if got := receive(t, end); got.err != nil || string(got.result) != want {
		t.Fatalf("result %s, error %v, want %s", got.result, got.err, want)
	}
}

func wantAttempt(t *testing.T, again, first sentCall, attempt int, epoch string) {
	t.Helper()
	if again.CorrelationID != first.CorrelationID || again.Attempt != attempt || again.Epoch != epoch {
		t.Fatalf("%s was sent with attempt %d and epoch %s, want %s, %d and %s",
			again.CorrelationID, again.Attempt, again.Epoch, first.CorrelationID, attempt, epoch)
	}
}

func TestCallIsSentAgainAfterALoss(t *testing.T) {
	for _, state := range []string{"sent", "pending"} {
		t.Run(state, func(t *testing.T) {
			server, sent := keepingServer(t)
			client := impatient(t, server)
			end := start(WithIdempotencyKey(testContext(t), "key"), client)
			first := receive(t, sent)
			if state == "pending" {
				first.conn.pending(first.receivedCall)
			}
			server.change(func(b *behaviour) {
				b.hello = func(c *fakeConn, cmd command) { c.reply(cmd.ID, "rpc", keeping("epoch-2")) }
			})
			last := first
			for _, attempt := range []int{2, 3} {
				last.conn.drop()
				again := receive(t, sent)
				for again.method == callsMethod {
					again = receive(t, sent)
				}
				wantAttempt(t, again, first, attempt, "epoch-1")
				if again.IdempotencyKey != "key" || again.TimeoutMS >= last.TimeoutMS || string(again.Params) != "1" {
					t.Errorf("%s was sent again as %s", first.raw, again.raw)
				}
				last = again
			}
			last.conn.result(last.receivedCall, "kept")
			wantResult(t, end, `"kept"`)
		})
	}
}

func TestRecoveredReplyWins(t *testing.T) {
	server, sent := keepingServer(t)
	client := impatient(t, server)
	end := start(testContext(t), client)
	first := receive(t, sent)
	first.conn.publishTo("user#42", "news", 1)
	server.change(func(b *behaviour) {
		b.subscribe = func(c *fakeConn, cmd command) {
			if !cmd.Subscribe.Recover || cmd.Subscribe.Offset != 1 || cmd.Subscribe.Epoch != "x" {
				t.Errorf("subscribed with %+v", cmd.Subscribe)
			}
			missed := map[string]any{"$rpc": 1, "correlation_id": first.CorrelationID, "result": "recovered"}
			c.reply(cmd.ID, "subscribe", map[string]any{
				"recoverable": true, "was_recovering": true, "recovered": true, "epoch": "x", "offset": 2,
				"publications": []any{map[string]any{"data": missed, "offset": 2}},
			})
		}
	})
	first.conn.drop()
	wantResult(t, end, `"recovered"`)
	next := start(testContext(t), client)
	second := receive(t, sent)
	if second.CorrelationID == first.CorrelationID {
		t.Error("the call was sent again")
	}
	second.conn.result(second.receivedCall, 2)
	wantResult(t, next, "2")
}

func TestCallIsNotSentToAGatewayThatDoesNotKeepCalls(t *testing.T) {
	server, sent := keepingServer(t)
	client := impatient(t, server)
	end := start(testContext(t), client)
	first := receive(t, sent)
	server.change(func(b *behaviour) { b.hello = working.hello })
	first.conn.drop()
	wantCode(t, receive(t, end).err, CodeOutcomeUnknown)
	if len(sent) != 0 {
		t.Error("the call was sent again")
	}
}

func TestDeadlineCountsFromTheFirstSending(t *testing.T) {
	server, sent := keepingServer(t)
	client := impatient(t, server)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	end := start(ctx, client)
	first := receive(t, sent)
	server.change(func(b *behaviour) { b.hello = func(*fakeConn, command) {} })
	first.conn.drop()
	wantText(t, wantCode(t, receive(t, end).err, CodeDeadlineExceeded), "The call was sent")
}

func TestCallCancelledWhileAwayIsCancelledAfterwards(t *testing.T) {
	server, sent := keepingServer(t)
	client := impatient(t, server)
	ctx, cancel := context.WithCancel(testContext(t))
	end := start(ctx, client)
	first := receive(t, sent)
	admitted := make(chan struct{})
	server.change(func(b *behaviour) {
		b.connect = func(c *fakeConn, cmd command) {
			<-admitted
			working.connect(c, cmd)
		}
	})
	lost := lostSession(client)
	first.conn.drop()
	receive(t, lost)
	cancel()
	wantCode(t, receive(t, end).err, CodeCancelled)
	close(admitted)
	if id := receive(t, server.cancels); id != first.CorrelationID {
		t.Errorf("%s was cancelled, want %s", id, first.CorrelationID)
	}
	if len(sent) != 0 {
		t.Error("the call was sent again")
	}
}

func TestErrorOfCentrifugoThatTheGatewayDidNotAnswer(t *testing.T) {
	server, sent := keepingServer(t)
	end := start(testContext(t), impatient(t, server))
	first := receive(t, sent)
	first.conn.fail(first.commandID, 100, "internal server error")
	again := receive(t, sent)
	wantAttempt(t, again, first, 2, "epoch-1")
	again.conn.result(again.receivedCall, 1)
	wantResult(t, end, "1")
}

func TestRefusedCallIsSentAgain(t *testing.T) {
	for name, refuse := range map[string]func(sentCall){
		"429":       func(s sentCall) { s.conn.error(s.receivedCall, 429, nil) },
		"503":       func(s sentCall) { s.conn.error(s.receivedCall, 503, nil) },
		"error 111": func(s sentCall) { s.conn.fail(s.commandID, 111, "too many requests") },
		"published 503": func(s sentCall) {
			s.conn.pending(s.receivedCall)
			s.conn.publish(map[string]any{"$rpc": 1, "correlation_id": s.CorrelationID, "error": map[string]any{"code": 503, "message": "busy"}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			server, sent := keepingServer(t)
			server.hello = working.hello // a refused call has not run
			end := start(testContext(t), impatient(t, server))
			first := receive(t, sent)
			for range 3 {
				refuse(first)
				again := receive(t, sent)
				wantAttempt(t, again, first, 1, "epoch-1")
				first = again
			}
			first.conn.result(first.receivedCall, 1)
			wantResult(t, end, "1")
		})
	}
}

func TestRefusedCallKeepsItsEpochIfItMayHaveRun(t *testing.T) {
	server, sent := keepingServer(t)
	end := start(testContext(t), impatient(t, server))
	first := receive(t, sent)
	server.change(func(b *behaviour) {
		b.hello = func(c *fakeConn, cmd command) { c.reply(cmd.ID, "rpc", keeping("epoch-2")) }
	})
	first.conn.drop()
	second := receive(t, sent)
	second.conn.error(second.receivedCall, 503, nil)
	third := receive(t, sent)
	wantAttempt(t, third, first, 2, "epoch-1")
	third.conn.result(third.receivedCall, 1)
	wantResult(t, end, "1")
}

func TestRefusalThatEndsACall(t *testing.T) {
	for _, test := range []struct {
		name    string
		ctx     func(context.Context) context.Context
		details any
	}{
		{"the pause exceeds its time", func(ctx context.Context) context.Context { return ctx }, map[string]any{"retry_after_ms": testTimeout.Milliseconds()}},
		{"without retry", WithoutRetry, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, sent := keepingServer(t)
			end := start(test.ctx(testContext(t)), impatient(t, server))
			first := receive(t, sent)
			first.conn.error(first.receivedCall, 429, test.details)
			wantCode(t, receive(t, end).err, CodeRateLimited)
		})
	}
}

func TestRefusalSaysNothingAboutAnEarlierSending(t *testing.T) {
	server, sent := keepingServer(t)
	end := start(WithoutRetry(testContext(t)), impatient(t, server))
	receive(t, sent).conn.drop()
	again := receive(t, sent)
	again.conn.error(again.receivedCall, 503, nil)
	wantCode(t, receive(t, end).err, CodeOutcomeUnknown)
}

func TestRefusalIsTheEndOfACallThatGetsNoConnection(t *testing.T) {
	server, sent := keepingServer(t)
	client := patient(t, server, 50*time.Millisecond, time.Second)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	end := start(ctx, client)
	first := receive(t, sent)
	server.change(func(b *behaviour) { b.hello = func(*fakeConn, command) {} })
	first.conn.error(first.receivedCall, 503, nil)
	lost := lostSession(client)
	first.conn.close(3001, "shutdown")
	receive(t, lost)
	wantText(t, wantCode(t, receive(t, end).err, CodeUnavailable), "busy")
}

func TestBackOff(t *testing.T) {
	with := New("ws://127.0.0.1", "token", "42").settings
	for attempt, longest := range []time.Duration{100, 200, 400, 800, 1600, 3200, 5000, 5000} {
		longest *= time.Millisecond
		if got := with.backOff(attempt, 0); got < longest/2 || got > longest {
			t.Errorf("pause %d takes %v, want between half and all of %v", attempt, got, longest)
		}
	}
	if got := with.backOff(1000, 7*time.Second); got < 7*time.Second || got > 14*time.Second {
		t.Errorf("the pause takes %v, want 7 to 14 s", got)
	}
	for text, want := range map[string]time.Duration{`{"retry_after_ms":1500}`: 1500 * time.Millisecond, `{"retry_after_ms":1e300}`: 24 * time.Hour, `[]`: 0} {
		if got := (&RPCError{Details: json.RawMessage(text)}).retryAfter(); got != want {
			t.Errorf("%s asks for %v, want %v", text, got, want)
		}
	}
}

func TestPendingCallIsSentAgainWhenNoGatewayRunsIt(t *testing.T) {
	server, sent := keepingServer(t)
	end := start(testContext(t), impatient(t, server))
	first := receive(t, sent)
	first.conn.pending(first.receivedCall)
	asked := receive(t, sent)
	want := `{"$rpc":1,"correlation_ids":["` + first.CorrelationID + `"]}`
	if asked.method != callsMethod || string(asked.raw) != want {
		t.Fatalf("%s with %s, want %s with %s", asked.method, asked.raw, callsMethod, want)
	}
	asked.conn.fail(asked.commandID, 100, "internal server error")
	for _, data := range []any{nil, map[string]any{"$rpc": 1, "send_again": []any{}}, map[string]any{"$rpc": 1, "send_again": []any{first.CorrelationID, "another"}}} {
		asked = receive(t, sent)
		asked.conn.inline(asked.receivedCall, data)
	}
	again := receive(t, sent)
	for again.method == callsMethod {
		again = receive(t, sent)
	}
	wantAttempt(t, again, first, 2, "epoch-1")
	again.conn.pending(again.receivedCall)
	again.conn.publishResult(first.receivedCall, "of the second gateway")
	wantResult(t, end, `"of the second gateway"`)
}

func TestPendingCallsAreAskedAboutTogether(t *testing.T) {
	server, sent := keepingServer(t)
	client := patient(t, server, time.Second, 300*time.Millisecond)
	var ends []<-chan ended
	var calls []sentCall
	for range 250 {
		ends = append(ends, start(testContext(t), client))
	}
	for range ends {
		calls = append(calls, receive(t, sent))
	}
	for _, call := range calls {
		call.conn.pending(call.receivedCall)
	}
	var sizes []int
	for range 3 {
		sizes = append(sizes, strings.Count(string(receive(t, sent).raw), ","))
	}
	slices.Sort(sizes)
	if !slices.Equal(sizes, []int{50, 100, 100}) {
		t.Errorf("asked about %v calls at once", sizes)
	}
	for _, call := range calls {
		call.conn.publishResult(call.receivedCall, 1)
	}
	for _, end := range ends {
		wantResult(t, end, "1")
	}
	client.Disconnect()
	wantNothingRunning(t)
}

func TestPendingCallsAreNotAskedAboutWithoutNeed(t *testing.T) {
	server, sent := keepingServer(t)
	server.hello = working.hello
	client := impatient(t, server)
	end := start(testContext(t), client)
	first := receive(t, sent)
	first.conn.pending(first.receivedCall)
	second := start(testContext(t), client) // its reply comes after the first call has become pending
	call := receive(t, sent)
	call.conn.result(call.receivedCall, 2)
	wantResult(t, second, "2")
	for _, goroutine := range clientGoroutines() {
		if strings.Contains(goroutine, "watchPending") {
			t.Error("the server is asked though it does not keep calls")
		}
	}
	first.conn.publishResult(first.receivedCall, 1)
	wantResult(t, end, "1")
}

func TestIdempotencyKeyOfAWrongLength(t *testing.T) {
	server, sent := keepingServer(t)
	client := impatient(t, server)
	for _, key := range []string{"", strings.Repeat("ü", 129)} {
		_, err := client.Call(WithIdempotencyKey(testContext(t), key), "m", nil)
		wantText(t, wantCode(t, err, CodeInvalidParams), "use 1 to 128")
	}
	if len(sent) != 0 {
		t.Error("a call was sent")
	}
	longest := strings.Repeat("ü", 128)
	end := start(WithIdempotencyKey(testContext(t), longest), client)
	call := receive(t, sent)
	if call.IdempotencyKey != longest {
		t.Errorf("the key %q was sent", call.IdempotencyKey)
	}
	call.conn.result(call.receivedCall, 1)
	wantResult(t, end, "1")
}
