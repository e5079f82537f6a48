package rpc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// tokens returns "t1", "t2" and so on, or its error.
type tokens struct {
	asked atomic.Int32
	err   error
}

func (t *tokens) get(context.Context) (string, error) {
	return fmt.Sprintf("t%d", t.asked.Add(1)), t.err
}

func clientWithToken(t *testing.T, server *fakeServer, token string, getToken func(context.Context) (string, error)) *Client {
	client := New(server.url, token, "42", WithGetToken(getToken))
	t.Cleanup(client.Disconnect)
	return client
}

// expiring lets the token of each connection expire after one second.
func expiring(c *fakeConn, cmd command) {
	c.reply(cmd.ID, "connect", map[string]any{"client": "c1", "expires": true, "ttl": 1})
}

// refuseToken answers "token expired" to one token.
func refuseToken(token string) func(c *fakeConn, cmd command) {
	return func(c *fakeConn, cmd command) {
		if cmd.Connect.Token == token {
			c.fail(cmd.ID, 109, "token expired")
			return
		}
		working.connect(c, cmd)
	}
}

// wantTokens asserts which commands with a token the server gets next.
func wantTokens(t *testing.T, server *fakeServer, want ...string) {
	t.Helper()
	for _, command := range want {
		got := receive(t, server.commands)
		for strings.HasPrefix(got, "subscribe") || strings.HasPrefix(got, "hello") {
			got = receive(t, server.commands)
		}
		if got != command {
			t.Errorf("the server got %q, want %q", got, command)
		}
	}
}

func TestTokenIsAskedForWhenThereIsNone(t *testing.T) {
	server := newFakeServer(t)
	if err := clientWithToken(t, server, "", new(tokens).get).Connect(testContext(t)); err != nil {
		t.Fatal(err)
	}
	wantTokens(t, server, "connect t1")
}

func TestTokenIsAskedForWhenItHasExpiredBeforeConnecting(t *testing.T) {
	server := newFakeServer(t)
	server.connect = refuseToken("old")
	client := clientWithToken(t, server, "old", new(tokens).get)
	if err := client.Connect(testContext(t)); err != nil {
		t.Fatal(err)
	}
	wantTokens(t, server, "connect old", "connect t1")
	if _, err := client.Call(testContext(t), "m", nil); err != nil {
		t.Error(err)
	}
}

func TestTokenIsAskedForWhenItHasExpiredBeforeReconnecting(t *testing.T) {
	server := newFakeServer(t)
	client := clientWithToken(t, server, "old", new(tokens).get)
	if err := client.Connect(testContext(t)); err != nil {
		t.Fatal(err)
	}
	server.change(func(b *behaviour) { b.connect = refuseToken("old") })
	lost := lostSession(client)
	receive(t, server.conns).drop()
	receive(t, lost)
	if _, err := client.Call(testContext(t), "m", nil); err != nil {
		t.Fatal(err)
	}
	wantTokens(t, server, "connect old", "connect old", "connect t1")
}

func TestTokenIsRefreshedAndCallsInFlightSurviveIt(t *testing.T) {
	server, calls := hangingServer(t)
	server.connect = expiring
	refreshed := make(chan struct{}, 1)
	server.refresh = func(c *fakeConn, cmd command) {
		working.refresh(c, cmd)
		refreshed <- struct{}{}
	}
	client := clientWithToken(t, server, "t0", new(tokens).get)
	if err := client.Connect(testContext(t)); err != nil {
		t.Fatal(err)
	}
	conn := receive(t, server.conns)
	failed := startCall(testContext(t), client, "pending")
	call := receive(t, calls)
	receive(t, refreshed)
	conn.publishResult(call, 1)
	if err := receive(t, failed); err != nil {
		t.Error(err)
	}
	wantTokens(t, server, "connect t0", "refresh t1")
	client.Disconnect()
	wantNothingRunning(t)
}

func TestCallsWhileTokensAreRefreshed(t *testing.T) {
	server := newFakeServer(t)
	again := func(kind string) func(c *fakeConn, cmd command) {
		return func(c *fakeConn, cmd command) {
			c.reply(cmd.ID, kind, map[string]any{"client": "c1", "expires": true, "ttl": 0})
		}
	}
	server.connect, server.refresh = again("connect"), again("refresh")
	server.commands = make(chan string, 1_000_000)
	var count atomic.Int32
	server.call = func(c *fakeConn, call receivedCall) {
		if count.Add(1)%200 == 0 {
			c.drop()
			return
		}
		c.result(call, 1)
	}
	asked := new(tokens)
	client := clientWithToken(t, server, "t0", asked.get)
	if err := client.Connect(testContext(t)); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	for range 20 {
		running.Go(func() {
			for range 50 {
				if _, err := client.Call(testContext(t), "m", nil); err != nil {
					wantOutcomeUnknown(t, err)
				}
			}
		})
	}
	running.Wait()
	client.Disconnect()
	wantNothingRunning(t)
	if asked.asked.Load() < 2 {
		t.Errorf("%d tokens were asked for", asked.asked.Load())
	}
}

func TestRefusedTokenEndsTheConnection(t *testing.T) {
	server, calls := hangingServer(t)
	server.connect = expiring
	asked := &tokens{err: fmt.Errorf("logged out: %w", ErrUnauthorized)}
	client := clientWithToken(t, server, "t0", asked.get)
	if err := client.Connect(testContext(t)); err != nil {
		t.Fatal(err)
	}
	failed := startCall(testContext(t), client, "pending")
	receive(t, calls)
	wantCode(t, receive(t, failed), CodeOutcomeUnknown)
	receive(t, client.connection.done)
	_, err := client.Call(testContext(t), "m", nil)
	wantText(t, wantCode(t, err, CodeUnauthenticated), "nothing was sent: WithGetToken: logged out: unauthorized")
	wantNothingRunning(t)
	if asked.asked.Load() != 1 || len(server.conns) != 1 {
		t.Errorf("asked %d times, %d connections", asked.asked.Load(), len(server.conns))
	}
}

func TestFailedTokenLeavesTheConnectionAlone(t *testing.T) {
	server := newFakeServer(t)
	server.connect = expiring
	asked := make(chan struct{}, 1)
	client := clientWithToken(t, server, "t0", func(context.Context) (string, error) {
		asked <- struct{}{}
		return "", errors.New("login is down")
	})
	if err := client.Connect(testContext(t)); err != nil {
		t.Fatal(err)
	}
	receive(t, asked)
	if _, err := client.Call(testContext(t), "m", nil); err != nil {
		t.Error(err)
	}
	client.Disconnect()
	wantNothingRunning(t)
}

func TestConnectWithoutAToken(t *testing.T) {
	down := errors.New("login is down")
	for _, test := range []struct {
		name string
		get  func(context.Context) (string, error)
		code int
		text string
		is   error
		call int
	}{
		{"refused", func(context.Context) (string, error) { return "", ErrUnauthorized },
			101, "WithGetToken: unauthorized (code 101)", ErrUnauthorized, CodeUnauthenticated},
		{"empty", func(context.Context) (string, error) { return "", nil },
			101, "WithGetToken: the token is empty (code 101)", nil, CodeUnauthenticated},
		{"failed", func(context.Context) (string, error) { return "", down },
			0, "WithGetToken: login is down", down, CodeUnavailable},
		{"expired", func(context.Context) (string, error) { return "old", nil },
			109, "the token has expired", nil, CodeUnauthenticated},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := newFakeServer(t)
			server.connect = refuseToken("old")
			client := clientWithToken(t, server, "", test.get)
			err := client.Connect(testContext(t))
			wantConnectionError(t, err, test.code, test.text)
			if refusal := new(ConnectionError); errors.As(err, &refusal) && refusal.Unauthorized() != (test.code != 0) {
				t.Errorf("Unauthorized() is %v", refusal.Unauthorized())
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("error %v is not %v", err, test.is)
			}
			_, err = client.Call(testContext(t), "m", nil)
			wantCode(t, err, test.call)
			wantNothingRunning(t)
		})
	}
}

func TestDisconnectEndsTheWaitForAToken(t *testing.T) {
	server := newFakeServer(t)
	server.connect = expiring
	asked := make(chan struct{}, 1)
	client := clientWithToken(t, server, "t0", func(ctx context.Context) (string, error) {
		asked <- struct{}{}
		<-ctx.Done()
		return "", ctx.Err()
	})
	if err := client.Connect(testContext(t)); err != nil {
		t.Fatal(err)
	}
	receive(t, asked)
	client.Disconnect()
	wantNothingRunning(t)
}

func TestDisconnectWhileATokenIsRefreshed(t *testing.T) {
	for range 10 {
		server := newFakeServer(t)
		server.connect = func(c *fakeConn, cmd command) {
			c.reply(cmd.ID, "connect", map[string]any{"client": "c1", "expires": true, "ttl": 0})
		}
		refreshing := make(chan struct{}, 1)
		server.refresh = func(*fakeConn, command) { refreshing <- struct{}{} }
		client := clientWithToken(t, server, "t0", new(tokens).get)
		if err := client.Connect(testContext(t)); err != nil {
			t.Fatal(err)
		}
		receive(t, refreshing)
		client.Disconnect()
	}
	wantNothingRunning(t)
}

func TestGetTokenMayDisconnect(t *testing.T) {
	server := newFakeServer(t)
	disconnected := make(chan struct{})
	var client *Client
	client = clientWithToken(t, server, "", func(context.Context) (string, error) {
		client.Disconnect()
		close(disconnected)
		return "late", nil
	})
	wantConnectionError(t, client.Connect(testContext(t)), 0, "Disconnect was called")
	receive(t, disconnected)
	wantNothingRunning(t)
}
