package centrifugo

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

const connectReply = `{"id":1,"connect":{"ping":1,"pong":true,"expires":true,"ttl":60}}`

// serve starts a server that accepts one connection, replies to its connect command, and then does
// what a test wants.
func serve(t *testing.T, then func(ws *websocket.Conn)) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := new(websocket.Upgrader).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = ws.Close() }()
		_, _, _ = ws.ReadMessage()
		send(ws, connectReply)
		then(ws)
	}))
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

func send(ws *websocket.Conn, frame string) {
	_ = ws.WriteMessage(websocket.TextMessage, []byte(frame))
}

func read(ws *websocket.Conn) string {
	_, frame, _ := ws.ReadMessage()
	return string(frame)
}

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func open(t *testing.T, url string) *Conn {
	t.Helper()
	c, expiry, err := Open(testContext(t), url, "token")
	if err != nil {
		t.Fatal(err)
	}
	if !expiry.Expires || expiry.TTL != 60 {
		t.Errorf("the token expires %+v", expiry)
	}
	t.Cleanup(func() { c.Close(errors.New("the test has ended")) })
	return c
}

func wantCause(t *testing.T, c *Conn, want Error) {
	t.Helper()
	select {
	case <-c.Context().Done():
	case <-testContext(t).Done():
		t.Fatal("the connection has not ended")
	}
	cause := new(Error)
	if err := context.Cause(c.Context()); !errors.As(err, &cause) || *cause != want {
		t.Errorf("the connection ended with %v, want %v", err, want)
	}
}

func TestPingsAreAnswered(t *testing.T) {
	pongs := make(chan string, 2)
	open(t, serve(t, func(ws *websocket.Conn) {
		for range cap(pongs) {
			send(ws, "{}")
			pongs <- read(ws)
		}
		read(ws)
	}))
	for range cap(pongs) {
		if pong := <-pongs; pong != "{}" {
			t.Errorf("a ping was answered with %q", pong)
		}
	}
}

func TestSilentConnectionEnds(t *testing.T) {
	usual := pingDelay
	pingDelay = 10 * time.Millisecond
	defer func() { pingDelay = usual }()
	c := open(t, serve(t, func(ws *websocket.Conn) { read(ws) }))
	wantCause(t, c, Error{Message: "the server has been silent for too long", Temporary: true})
}

func setProbeDelay(t *testing.T, delay time.Duration) {
	usual := probeDelay
	probeDelay = delay
	t.Cleanup(func() { probeDelay = usual })
}

// startWatch watches as if a caller waited until stop is called, which waits for the end.
func startWatch(c *Conn) (stop func()) {
	var over atomic.Bool
	ended := make(chan struct{})
	go func() {
		c.Watch(func() bool { return !over.Load() })
		close(ended)
	}()
	return func() {
		over.Store(true)
		<-ended
	}
}

func TestDeadConnectionEndsWhileTheCallerWaits(t *testing.T) {
	setProbeDelay(t, 10*time.Millisecond)
	c := open(t, serve(t, func(ws *websocket.Conn) {
		for read(ws) != "" {
		}
	}))
	stop := startWatch(c)
	if _, err := c.RPC(testContext(t), "m", json.RawMessage("1")); !errors.Is(err, ErrLost) {
		t.Errorf("the command failed with %v", err)
	}
	wantCause(t, c, Error{Message: "the server no longer answers", Temporary: true})
	stop()
}

func TestConnectionThatAnswersAProbeIsKept(t *testing.T) {
	setProbeDelay(t, 300*time.Millisecond)
	probe := make(chan string, 1)
	c := open(t, serve(t, func(ws *websocket.Conn) {
		read(ws)
		probe <- read(ws)
		send(ws, `{"id":3,"unsubscribe":{}}`+"\n"+`{"id":2,"rpc":{"data":"late"}}`)
		read(ws)
	}))
	stop := startWatch(c)
	if data, err := c.RPC(testContext(t), "m", json.RawMessage("1")); err != nil || string(data) != `"late"` {
		t.Errorf("got %s, error %v", data, err)
	}
	stop()
	if c.Context().Err() != nil {
		t.Error("the connection has ended")
	}
	if got := <-probe; got != `{"id":3,"unsubscribe":{"channel":"$rpc.probe"}}` {
		t.Errorf("sent the probe %s", got)
	}
}

func TestOtherHistoryIsReceivedFromItsBeginning(t *testing.T) {
	asked := make(chan string, 3)
	c := open(t, serve(t, func(ws *websocket.Conn) {
		asked <- read(ws)
		send(ws, `{"id":2,"subscribe":{"recoverable":true,"epoch":"new","offset":2,"was_recovering":true}}`+"\n"+
			`{"push":{"channel":"c","pub":{"data":3,"offset":3}}}`)
		asked <- read(ws)
		asked <- read(ws)
		send(ws, `{"id":3,"unsubscribe":{}}`+"\n"+`{"id":4,"subscribe":{"recoverable":true,"epoch":"new","was_recovering":true,"recovered":true,`+
			`"publications":[{"data":1,"offset":1},{"data":2,"offset":2},{"data":3,"offset":3}]}}`+"\n"+
			`{"push":{"channel":"c","pub":{"data":4,"offset":4}}}`)
		read(ws)
	}))
	received := make(chan string, 10)
	s, err := c.Subscribe(testContext(t), "c", &Position{Epoch: "old", Offset: 7}, func(p Publication) { received <- string(p.Data) })
	if err != nil || s.Missed() {
		t.Fatalf("error %v, missed %v", err, s.Missed())
	}
	for _, want := range []string{"1", "2", "3", "4"} {
		if got := <-received; got != want {
			t.Errorf("received %s, want %s", got, want)
		}
	}
	for _, want := range []string{
		`{"id":2,"subscribe":{"channel":"c","recoverable":true,"recover":true,"epoch":"old","offset":7}}`,
		`{"id":3,"unsubscribe":{"channel":"c"}}`,
		`{"id":4,"subscribe":{"channel":"c","recoverable":true,"recover":true,"epoch":"new","offset":0}}`,
	} {
		if got := <-asked; got != want {
			t.Errorf("sent %s, want %s", got, want)
		}
	}
}

func TestCloseCodes(t *testing.T) {
	for _, test := range []struct {
		code int
		want Error
	}{
		{3001, Error{3001, "reason", true}},
		{3500, Error{3500, "reason", false}},
		{4000, Error{4000, "reason", true}},
		{4500, Error{4500, "reason", false}},
		{1009, Error{0, "the server closed the connection: a message was too large", true}},
		{1001, Error{0, "the server closed the connection", true}},
	} {
		c := open(t, serve(t, func(ws *websocket.Conn) {
			_ = ws.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(test.code, "reason"))
		}))
		wantCause(t, c, test.want)
	}
}

func TestUnreadableMessageEndsTheConnection(t *testing.T) {
	c := open(t, serve(t, func(ws *websocket.Conn) { send(ws, "{}\nnonsense"); read(ws) }))
	<-c.Context().Done()
	if err := context.Cause(c.Context()); !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("the connection ended with %v", err)
	}
}

func TestRepliesInOneFrameGoToTheirCommands(t *testing.T) {
	c := open(t, serve(t, func(ws *websocket.Conn) {
		read(ws)
		read(ws)
		send(ws, `{"id":3,"rpc":{"data":3}}`+"\n"+`{"id":2,"error":{"code":100,"message":"m","temporary":true}}`+"\n")
		read(ws)
	}))
	second := make(chan string, 1)
	_, err := c.send(testContext(t), command{RPC: &rpcRequest{Method: "a", Data: json.RawMessage("1")}}, func(r *reply) { second <- r.Error.Message })
	if err != nil {
		t.Fatal(err)
	}
	third, err := c.RPC(testContext(t), "b", json.RawMessage("1"))
	if got := <-second; err != nil || string(third) != "3" || got != "m" {
		t.Errorf("got %q and %s, error %v", got, third, err)
	}
}

func TestReplyThatDoesNotCome(t *testing.T) {
	c := open(t, serve(t, func(ws *websocket.Conn) { read(ws) }))
	if _, err := c.RPC(testContext(t), "m", json.RawMessage("1")); !errors.Is(err, ErrLost) {
		t.Errorf("a command that was sent failed with %v", err)
	}
	if _, err := c.RPC(testContext(t), "m", json.RawMessage("1")); !errors.Is(err, ErrNotSent) {
		t.Errorf("a command after the end failed with %v", err)
	}
}

func TestRecoveredPublicationsComeBeforeNewOnes(t *testing.T) {
	asked := make(chan string, 1)
	c := open(t, serve(t, func(ws *websocket.Conn) {
		asked <- read(ws)
		send(ws, `{"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":4,"was_recovering":true,"recovered":true,`+
			`"publications":[{"data":5,"offset":5},{"data":6,"offset":6}]}}`+"\n"+`{"push":{"channel":"c","pub":{"data":7,"offset":7}}}`+
			"\n"+`{"push":{"channel":"c","unsubscribe":{"code":2500,"reason":"insufficient state"}}}`)
		read(ws)
	}))
	var got []string
	s, err := c.Subscribe(testContext(t), "c", &Position{Epoch: "e", Offset: 4}, func(p Publication) { got = append(got, string(p.Data)) })
	if err != nil {
		t.Fatal(err)
	}
	<-s.Ended()
	if strings.Join(got, " ") != "5 6 7" || *s.Position() != (Position{"e", 7}) || s.Missed() || !s.Err().Temporary {
		t.Errorf("received %v, position %+v, missed %v, error %v", got, s.Position(), s.Missed(), s.Err())
	}
	if want := `{"id":2,"subscribe":{"channel":"c","recoverable":true,"recover":true,"epoch":"e","offset":4}}`; <-asked != want {
		t.Errorf("the command is not %s", want)
	}
}

func TestFrameBytes(t *testing.T) {
	sent := make(chan string, 1)
	c := open(t, serve(t, func(ws *websocket.Conn) { sent <- read(ws) }))
	data := json.RawMessage(`{"a":"<&>"}`)
	_, _ = c.RPC(testContext(t), `m"<`, data)
	if got, want := len(<-sent), FrameBytes(`m"<`, data)-len("4294967295")+len("2"); got != want {
		t.Errorf("the frame has %d bytes, want %d", got, want)
	}
}
