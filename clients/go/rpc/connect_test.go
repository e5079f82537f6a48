package rpc

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestConnectSubscribesAndSaysHello(t *testing.T) {
	server := newFakeServer(t)
	recoverable := make(chan bool, 1)
	server.subscribe = func(c *fakeConn, cmd command) {
		recoverable <- cmd.Subscribe.Recoverable
		c.reply(cmd.ID, "subscribe", subscribed)
	}
	connectedClient(t, server)
	for _, want := range []string{"connect token", "subscribe user#42", `hello {"$rpc":1}`} {
		if got := receive(t, server.commands); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if !receive(t, recoverable) {
		t.Error("the subscription does not ask for recovery")
	}
}

func TestConnectRefused(t *testing.T) {
	refuse := func(code int, message string) func(*fakeConn, command) {
		return func(c *fakeConn, cmd command) { c.fail(cmd.ID, code, message) }
	}
	for _, test := range []struct {
		name string
		set  func(s *fakeServer)
		code int
		text string
		call int // the code of a call after it
	}{
		{"invalid token", func(s *fakeServer) {
			s.connect = func(c *fakeConn, _ command) { c.close(3500, "invalid token") }
		}, 3500, "invalid token: the server does not accept the token, for", CodeUnauthenticated},
		{"expired token", func(s *fakeServer) { s.connect = refuse(109, "token expired") },
			109, "the token has expired", CodeUnauthenticated},
		{"connect error", func(s *fakeServer) { s.connect = refuse(101, "unauthorized") }, 101, "unauthorized", CodeUnauthenticated},
		{"hangs up while connecting", func(s *fakeServer) {
			s.connect = func(c *fakeConn, _ command) { c.drop() }
		}, 0, "the server closed the connection", CodeUnavailable},
		{"hangs up while subscribing", func(s *fakeServer) {
			s.subscribe = func(c *fakeConn, _ command) { c.close(3001, "shutdown") }
		}, 3001, "shutdown", CodeUnavailable},
		{"other user's ID", func(s *fakeServer) { s.subscribe = refuse(103, "permission denied") },
			103, "The token and userID belong to different users", CodeUnavailable},
		{"unknown channel", func(s *fakeServer) { s.subscribe = refuse(102, "unknown channel") },
			102, "the subscription to user#42 was refused: unknown channel", CodeUnavailable},
		{"no RPC proxy", func(s *fakeServer) { s.hello = refuse(108, "not available") },
			108, "Centrifugo has no RPC proxy to a gateway", CodeUnavailable},
		{"gateway down", func(s *fakeServer) { s.hello = refuse(100, "internal server error") },
			100, "the gateway behind Centrifugo does not answer", CodeUnavailable},
		{"hello refused", func(s *fakeServer) { s.hello = refuse(401, "who are you") }, 401, "who are you", CodeUnavailable},
		{"hangs up at hello", func(s *fakeServer) {
			s.hello = func(c *fakeConn, _ command) { c.close(3004, "internal server error") }
		}, 3004, "internal server error", CodeUnavailable},
		{"other protocol version", func(s *fakeServer) {
			s.hello = func(c *fakeConn, cmd command) {
				c.reply(cmd.ID, "rpc", map[string]any{"data": map[string]any{"$rpc": 1, "versions": []int{2, 3}}})
			}
		}, 0, "the server speaks the protocol versions [2 3] and this client version 1", CodeUnavailable},
		{"another server's hello", func(s *fakeServer) {
			s.hello = func(c *fakeConn, cmd command) {
				c.reply(cmd.ID, "rpc", map[string]any{"data": "hi"})
			}
		}, 0, "the server's answer to $rpc.hello cannot be read", CodeUnavailable},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := newFakeServer(t)
			test.set(server)
			client := newTestClient(server.url)
			err := client.Connect(testContext(t))
			wantConnectionError(t, err, test.code, test.text)
			wantNothingRunning(t)
			if len(server.conns) != 1 {
				t.Errorf("%d connections, want one attempt", len(server.conns))
			}

			_, err = client.Call(testContext(t), "echo", nil)
			wantText(t, wantCode(t, err, test.call), test.text)

			server.change(func(b *behaviour) { *b = working })
			if err := client.Connect(testContext(t)); err != nil {
				t.Errorf("connecting again: %v", err)
			}
			client.Disconnect()
			wantNothingRunning(t)
		})
	}
}

func TestConnectToNoServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	err = newTestClient("ws://" + address + "/connection/websocket").Connect(testContext(t))
	wantConnectionError(t, err, 0, "the server cannot be reached: dial tcp "+address)
	wantNothingRunning(t)
}

func TestConnectToNoWebSocketEndpoint(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	err := newTestClient(strings.Replace(server.URL, "http", "ws", 1)).Connect(testContext(t))
	wantConnectionError(t, err, 0, "the URL is not a WebSocket endpoint of Centrifugo")
	wantNothingRunning(t)
}

func TestConnectEndsWithItsContext(t *testing.T) {
	silent := func(*fakeConn, command) {}
	for _, test := range []struct {
		name string
		url  func(t *testing.T) string
	}{
		{"no HTTP answer", silentListener},
		{"no answer to connect", func(t *testing.T) string {
			s := newFakeServer(t)
			s.connect = silent
			return s.url
		}},
		{"no answer to subscribe", func(t *testing.T) string {
			s := newFakeServer(t)
			s.subscribe = silent
			return s.url
		}},
		{"no answer to hello", func(t *testing.T) string {
			s := newFakeServer(t)
			s.hello = silent
			return s.url
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := newTestClient(test.url(t))
			late, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			defer cancel()
			started := time.Now()
			err := client.Connect(late)
			wantConnectionError(t, err, 0, "")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v does not unwrap to DeadlineExceeded", err)
			}
			if took := time.Since(started); took > 5*time.Second {
				t.Errorf("Connect took %v, and its context 100 ms", took)
			}
			wantNothingRunning(t)

			cancelled, cancel := context.WithCancel(context.Background())
			time.AfterFunc(50*time.Millisecond, cancel)
			err = client.Connect(cancelled)
			wantConnectionError(t, err, 0, "connecting was cancelled")
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v does not unwrap to Canceled", err)
			}
			wantNothingRunning(t)
		})
	}
}

// silentListener accepts connections and never says anything.
func silentListener(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return "ws://" + listener.Addr().String()
}

func TestDisconnectEndsConnect(t *testing.T) {
	server := newFakeServer(t)
	server.connect = func(*fakeConn, command) {}
	client := newTestClient(server.url)
	failed := make(chan error, 1)
	go func() { failed <- client.Connect(testContext(t)) }()
	receive(t, server.commands)
	client.Disconnect()
	wantConnectionError(t, receive(t, failed), 0, "Disconnect was called")
	wantNothingRunning(t)
}

func TestConnectWhileConnectedDoesNothing(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	if err := client.Connect(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if len(server.conns) != 1 {
		t.Errorf("%d connections", len(server.conns))
	}
}

func TestConcurrentConnectsShareOneConnection(t *testing.T) {
	server := newFakeServer(t)
	client := newTestClient(server.url)
	defer client.Disconnect()
	errs := make(chan error, 20)
	for range cap(errs) {
		go func() { errs <- client.Connect(testContext(t)) }()
	}
	for range cap(errs) {
		if err := receive(t, errs); err != nil {
			t.Error(err)
		}
	}
	if len(server.conns) != 1 {
		t.Errorf("%d connections", len(server.conns))
	}
}

func TestWrongSettings(t *testing.T) {
	const url = "ws://127.0.0.1/connection/websocket"
	for _, test := range []struct {
		client *Client
		text   string
	}{
		{New("http://127.0.0.1", "token", "42"), `the URL "http://127.0.0.1" is not a WebSocket URL`},
		{New("ws:", "token", "42"), "is not a WebSocket URL"},
		{New("", "token", "42"), "is not a WebSocket URL"},
		{New("ws://%zz", "token", "42"), "is not a WebSocket URL"},
		{New(url, "", "42"), "the token is empty"},
		{New(url, "token", ""), `the user ID "" is not valid`},
		{New(url, "token", "1,2"), `the user ID "1,2" is not valid`},
		{New(url, "token", "42", WithTimeout(0)), "the time of a call must be more than 0"},
		{New(url, "token", "42", WithTimeout(-time.Second)), "WithTimeout(-1s)"},
	} {
		wantConnectionError(t, test.client.Connect(testContext(t)), 0, test.text)
	}
}
