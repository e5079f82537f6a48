package rpc

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

// testTimeout is when a test that waits for something gives up.
const testTimeout = 8 * time.Second

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
	t.Cleanup(cancel)
	return ctx
}

// newTestClient returns a client of user 42.
func newTestClient(url string, opts ...Option) *Client {
	return New(url, "token", "42", opts...)
}

// connectedClient is connected as user 42, and disconnected when the test ends.
func connectedClient(t *testing.T, server *fakeServer, opts ...Option) *Client {
	t.Helper()
	client := newTestClient(server.url, opts...)
	t.Cleanup(client.Disconnect)
	if err := client.Connect(testContext(t)); err != nil {
		t.Fatal(err)
	}
	return client
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(testTimeout):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// wantCode asserts, without errors.As, that an error of Call is a *RPCError of a code.
func wantCode(t *testing.T, err error, code int) *RPCError {
	t.Helper()
	rpcErr, ok := err.(*RPCError)
	if !ok || rpcErr.Code != code {
		t.Fatalf("error %v, want a *RPCError with code %d", err, code)
	}
	return rpcErr
}

func wantText(t *testing.T, err error, text string) {
	t.Helper()
	if !strings.Contains(err.Error(), text) {
		t.Errorf("error %q, want one that contains %q", err, text)
	}
}

// wantConnectionError asserts that Connect failed, as it should: typed, and with nothing left.
func wantConnectionError(t *testing.T, err error, code int, text string) {
	t.Helper()
	refusal := new(ConnectionError)
	if !errors.As(err, &refusal) || refusal.Code != code {
		t.Fatalf("error %v, want a *ConnectionError with code %d", err, code)
	}
	wantText(t, err, text)
}

// wantNothingRunning waits until no goroutine runs code of a client.
func wantNothingRunning(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(testTimeout)
	for {
		left := clientGoroutines()
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines left:\n%s", len(left), strings.Join(left, "\n\n"))
		}
		time.Sleep(time.Millisecond) // the end of a goroutine cannot be awaited
	}
}

func clientGoroutines() []string {
	stacks := make([]byte, 16<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var found []string
	for _, stack := range strings.Split(string(stacks), "\n\n") {
		for _, code := range []string{"centrifugo.(*Conn)", "rpc.(*session)", "rpc.(*tokenSource)", "rpc.(*connection)", "rpc.(*channel)"} {
			if strings.Contains(stack, code) {
				found = append(found, stack)
				break
			}
		}
	}
	return found
}
