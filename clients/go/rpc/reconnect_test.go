package rpc

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
	"testing"
	"time"
)

// startCall makes a call and sends its error when it has ended.
func startCall(ctx context.Context, client *Client, method string) <-chan error {
	failed := make(chan error, 1)
	go func() {
		_, err := client.Call(ctx, method, nil)
		failed <- err
	}()
	return failed
}

// hangingServer never ends a call, and reports each one that it receives.
func hangingServer(t *testing.T) (*fakeServer, <-chan receivedCall) {
	server := newFakeServer(t)
	calls := make(chan receivedCall, 100)
	server.call = func(c *fakeConn, call receivedCall) {
		if call.method == "pending" {
			c.pending(call)
		}
		calls <- call
	}
	return server, calls
}

func TestConnectionLostAfterSending(t *testing.T) {
	for _, test := range []struct {
		name string
		lose func(c *fakeConn)
		text string
	}{
		{"hangs up", (*fakeConn).drop, "it is not known whether it ran. ("},
		{"shutdown", func(c *fakeConn) { c.close(3001, "shutdown") }, "(shutdown (code 3001))"},
		{"terminal", func(c *fakeConn) { c.close(3503, "force disconnect") }, "(force disconnect (code 3503))"},
		{"unsubscribed", func(c *fakeConn) {
			c.push("unsubscribe", map[string]any{"code": 2000, "reason": "server unsubscribe"})
		}, "the server ended the subscription to user#42: server unsubscribe (code 2000)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, calls := hangingServer(t)
			client := connectedClient(t, server)
			conn := receive(t, server.conns)
			first := startCall(testContext(t), client, "silent")
			second := startCall(testContext(t), client, "pending")
			receive(t, calls)
			receive(t, calls)
			test.lose(conn)
			wantText(t, wantCode(t, receive(t, first), CodeOutcomeUnknown), test.text)
			wantText(t, wantCode(t, receive(t, second), CodeOutcomeUnknown), test.text)
		})
	}
}

func TestReplyJustBeforeTheConnectionIsLost(t *testing.T) {
	for name, answer := range map[string]func(*fakeConn, receivedCall){
		"inline":    func(c *fakeConn, call receivedCall) { c.result(call, 1) },
		"published": func(c *fakeConn, call receivedCall) { c.pending(call); c.publishResult(call, 1) },
	} {
		t.Run(name, func(t *testing.T) {
			server := newFakeServer(t)
			server.call = func(c *fakeConn, call receivedCall) {
				answer(c, call)
				c.close(3001, "shutdown")
			}
			client := connectedClient(t, server)
			for range 3 {
				lost := lostSession(client)
				if result, err := client.Call(testContext(t), "m", nil); err != nil || string(result) != "1" {
					t.Fatalf("result %s, error %v", result, err)
				}
				receive(t, lost)
				if err := client.Connect(testContext(t)); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestReconnectSaysHelloAgain(t *testing.T) {
	server := newFakeServer(t)
	epochs := make(chan string, 2)
	epochs <- "epoch-1"
	epochs <- "epoch-2"
	server.hello = func(c *fakeConn, cmd command) { c.reply(cmd.ID, "rpc", helloOf(<-epochs, 1<<20)) }
	calls := make(chan receivedCall, 1)
	server.call = func(c *fakeConn, call receivedCall) {
		calls <- call
		c.result(call, 1)
	}
	client := connectedClient(t, server)
	for range 3 {
		receive(t, server.commands)
	}
	lost := lostSession(client)
	receive(t, server.conns).drop()
	receive(t, lost)

	if _, err := client.Call(testContext(t), "waits for the connection", nil); err != nil {
		t.Fatal(err)
	}
	if call := receive(t, calls); call.Epoch != "epoch-2" {
		t.Errorf("the call has the epoch %q", call.Epoch)
	}
	for _, want := range []string{"connect token", "subscribe user#42", `hello {"$rpc":1}`} {
		if got := receive(t, server.commands); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// lostSession is closed when the session that a client has now is lost.
func lostSession(client *Client) <-chan struct{} {
	return client.connection.state().session.Context().Done()
}

func TestCallWaitsForTheConnectionWithinItsTime(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	conn := receive(t, server.conns)
	admitted := make(chan struct{})
	server.change(func(b *behaviour) {
		b.connect = func(c *fakeConn, cmd command) {
			<-admitted
			working.connect(c, cmd)
		}
	})
	lost := lostSession(client)
	conn.close(3001, "shutdown")
	receive(t, lost)
	receive(t, server.conns)

	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := client.Call(short, "m", nil)
	wantText(t, wantCode(t, err, CodeUnavailable), "reconnecting after: shutdown (code 3001)")

	cancelled, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err = client.Call(cancelled, "m", nil)
	wantCode(t, err, CodeCancelled)

	long := startCall(testContext(t), client, "m")
	close(admitted)
	if err := receive(t, long); err != nil {
		t.Error(err)
	}
	if len(server.cancels) != 0 {
		t.Error("a call was cancelled that had not been sent")
	}
}

func TestReconnectTriesAgain(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	conn := receive(t, server.conns)
	failures := 2
	server.change(func(b *behaviour) {
		b.hello = func(c *fakeConn, cmd command) {
			if failures > 0 {
				failures--
				c.fail(cmd.ID, 100, "internal server error")
				return
			}
			working.hello(c, cmd)
		}
	})
	lost := lostSession(client)
	conn.drop()
	receive(t, lost)
	if _, err := client.Call(testContext(t), "m", nil); err != nil {
		t.Error(err)
	}
	if len(server.conns) != 3 {
		t.Errorf("%d new connections, want 3", len(server.conns))
	}
}

func TestEndForGood(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(s *fakeServer, c *fakeConn)
		code int
		text string
	}{
		{"terminal disconnect", func(_ *fakeServer, c *fakeConn) { c.close(3503, "force disconnect") },
			CodeUnavailable, "nothing was sent: force disconnect (code 3503)"},
		{"token revoked", func(_ *fakeServer, c *fakeConn) { c.close(3500, "invalid token") },
			CodeUnauthenticated, "nothing was sent: invalid token"},
		{"token expired at the reconnect", func(s *fakeServer, c *fakeConn) {
			s.change(func(b *behaviour) {
				b.connect = func(c *fakeConn, cmd command) { c.fail(cmd.ID, 109, "token expired") }
			})
			c.drop()
		}, CodeUnauthenticated, "the token has expired: make a new client with a new token, or use WithGetToken (code 109)"},
		{"subscription refused at the reconnect", func(s *fakeServer, c *fakeConn) {
			s.change(func(b *behaviour) {
				b.subscribe = func(c *fakeConn, cmd command) { c.fail(cmd.ID, 103, "permission denied") }
			})
			c.drop()
		}, CodeUnavailable, "the subscription to user#42 was refused"},
		{"new version at the reconnect", func(s *fakeServer, c *fakeConn) {
			s.change(func(b *behaviour) {
				b.hello = func(c *fakeConn, cmd command) {
					c.reply(cmd.ID, "rpc", map[string]any{"data": map[string]any{"$rpc": 2, "versions": []int{2}}})
				}
			})
			c.drop()
		}, CodeUnavailable, "the protocol versions [2]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, calls := hangingServer(t)
			client := connectedClient(t, server)
			pending := startCall(testContext(t), client, "pending")
			receive(t, calls)
			test.end(server, receive(t, server.conns))
			wantCode(t, receive(t, pending), CodeOutcomeUnknown)
			receive(t, client.connection.done)
			wantNothingRunning(t)

			_, err := client.Call(testContext(t), "m", nil)
			wantText(t, wantCode(t, err, test.code), test.text)
		})
	}
}

func TestTokenThatExpiresWhileConnected(t *testing.T) {
	server := newFakeServer(t)
	server.connect = func(c *fakeConn, cmd command) {
		c.reply(cmd.ID, "connect", map[string]any{"client": "c1", "expires": true, "ttl": 1})
	}
	client := connectedClient(t, server)
	receive(t, client.connection.done)
	_, err := client.Call(testContext(t), "m", nil)
	wantText(t, wantCode(t, err, CodeUnauthenticated), "the token has expired")
	wantNothingRunning(t)
}

func TestConnectAfterTheEnd(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	receive(t, server.conns).close(3503, "force disconnect")
	receive(t, client.connection.done)
	if err := client.Connect(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Call(testContext(t), "m", nil); err != nil {
		t.Error(err)
	}
}

func TestDisconnectEndsCalls(t *testing.T) {
	server, calls := hangingServer(t)
	client := connectedClient(t, server)
	silent := startCall(testContext(t), client, "silent")
	pending := startCall(testContext(t), client, "pending")
	receive(t, calls)
	receive(t, calls)
	client.Disconnect()
	wantText(t, wantCode(t, receive(t, silent), CodeCancelled), "Disconnect was called")
	wantCode(t, receive(t, pending), CodeCancelled)
	wantNothingRunning(t)
	_, err := client.Call(testContext(t), "m", nil)
	wantCode(t, err, CodeUnavailable)
	client.Disconnect() // does nothing
}

func TestDisconnectWhileReconnecting(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	conn := receive(t, server.conns)
	server.change(func(b *behaviour) { b.connect = func(*fakeConn, command) {} })
	lost := lostSession(client)
	conn.drop()
	receive(t, lost)
	receive(t, server.conns)
	client.Disconnect()
	wantNothingRunning(t)
}

func TestDisconnectEndsCallsThatWaitForTheConnection(t *testing.T) {
	client := connectedClient(t, newFakeServer(t))
	current := client.connection
	client.Disconnect()
	_, why := current.ready(testContext(t)) // what a call waits for that has begun before
	wantCode(t, notSentError(testContext(t), why), CodeCancelled)
}

func TestCallsWhileConnectionsAreLost(t *testing.T) {
	server := newFakeServer(t)
	server.call = func(c *fakeConn, call receivedCall) {
		var nonce int
		_ = json.Unmarshal(call.Params, &nonce)
		switch {
		case nonce%500 == 499:
			c.drop()
		case nonce%500 == 249:
			c.close(3001, "shutdown")
		default:
			c.result(call, nonce)
		}
	}
	client := connectedClient(t, server)
	next := make(chan int)
	var running sync.WaitGroup
	for range 100 {
		running.Go(func() {
			for nonce := range next {
				result, err := client.Call(testContext(t), "nonce", nonce)
				if err == nil && string(result) != strconv.Itoa(nonce) {
					t.Errorf("call %d has the result %s", nonce, result)
				}
				if err != nil {
					wantOutcomeUnknown(t, err)
				}
			}
		})
	}
	for nonce := range 2000 {
		next <- nonce
	}
	close(next)
	running.Wait()
	client.Disconnect()
	wantNothingRunning(t)
}

// wantOutcomeUnknown is wantCode for goroutines that are not the test's.
func wantOutcomeUnknown(t *testing.T, err error) {
	if rpcErr, ok := err.(*RPCError); !ok || rpcErr.Code != CodeOutcomeUnknown {
		t.Errorf("error %v, want a *RPCError with code %d", err, CodeOutcomeUnknown)
	}
}
