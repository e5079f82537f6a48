package rpc

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"centrifugorpc/rpc/wire"
)

// fakeServer speaks as much of Centrifugo's JSON protocol as the client needs, and of the gateway's
// behind it.
type fakeServer struct {
	url string

	mu sync.Mutex
	behaviour

	conns    chan *fakeConn // each connection, when it has been accepted
	commands chan string    // the kind of each command that connecting takes
	cancels  chan string    // the correlation ID of each $rpc.cancel
	acks     chan acknowledgement
}

// behaviour is what a fakeServer does with a command. A test sets it directly before the client
// connects, and by change after that.
type behaviour struct {
	connect   func(c *fakeConn, cmd command)
	subscribe func(c *fakeConn, cmd command)
	hello     func(c *fakeConn, cmd command)
	refresh   func(c *fakeConn, cmd command)
	ack       func(c *fakeConn, cmd command)
	contract  func(c *fakeConn, cmd command)
	calls     func(c *fakeConn, call receivedCall) // $rpc.calls
	call      func(c *fakeConn, call receivedCall) // on its own goroutine
}

// command is what a client sends.
type command struct {
	ID      uint32 `json:"id"`
	Connect *struct {
		Token string `json:"token"`
	} `json:"connect"`
	Refresh *struct {
		Token string `json:"token"`
	} `json:"refresh"`
	Subscribe *struct {
		Channel     string `json:"channel"`
		Recoverable bool   `json:"recoverable"`
		Recover     bool   `json:"recover"`
		Offset      uint64 `json:"offset"`
		Epoch       string `json:"epoch"`
	} `json:"subscribe"`
	RPC *struct {
		Method string          `json:"method"`
		Data   json.RawMessage `json:"data"`
	} `json:"rpc"`
}

// receivedCall is an rpc command with an envelope.
type receivedCall struct {
	callEnvelope
	commandID uint32
	method    string
	raw       json.RawMessage
}

// acknowledgement is the data of $rpc.ack.
type acknowledgement struct {
	Version      int    `json:"$rpc"`
	MessageID    string `json:"message_id"`
	SubscriberID string `json:"subscriber_id"`
}

func newFakeServer(t *testing.T) *fakeServer {
	s := &fakeServer{
		behaviour: working,
		conns:     make(chan *fakeConn, 100),
		commands:  make(chan string, 1000),
		cancels:   make(chan string, 100),
		acks:      make(chan acknowledgement, 100),
	}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	s.url = "ws" + strings.TrimPrefix(server.URL, "http")
	return s
}

// working answers as a server does where all is well: a call's result is its params.
var working = behaviour{
	connect:   func(c *fakeConn, cmd command) { c.reply(cmd.ID, "connect", connected) },
	subscribe: func(c *fakeConn, cmd command) { c.reply(cmd.ID, "subscribe", subscribed) },
	hello:     func(c *fakeConn, cmd command) { c.reply(cmd.ID, "rpc", helloOf("epoch-1", 1<<20)) },
	refresh:   func(c *fakeConn, cmd command) { c.reply(cmd.ID, "refresh", json.RawMessage(`{}`)) },
	ack:       func(c *fakeConn, cmd command) { c.reply(cmd.ID, "rpc", accepted) },
	call:      func(c *fakeConn, call receivedCall) { c.result(call, call.Params) },
}

var connected = json.RawMessage(`{"client":"c1","version":"fake","ping":25,"pong":true}`)
var accepted = json.RawMessage(`{"data":{"$rpc":1,"accepted":true}}`)
var subscribed = json.RawMessage(`{"recoverable":true,"positioned":true,"epoch":"x"}`)

func helloOf(epoch string, maxMessageBytes int) map[string]any {
	return map[string]any{"data": map[string]any{
		"$rpc": 1, "versions": []int{1}, "epoch": epoch, "max_message_bytes": maxMessageBytes,
	}}
}

func (s *fakeServer) change(change func(b *behaviour)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.behaviour)
}

func (s *fakeServer) serve(w http.ResponseWriter, r *http.Request) {
	var upgrader websocket.Upgrader
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = ws.Close() }()
	c := &fakeConn{ws: ws}
	s.conns <- c
	for {
		_, frame, err := ws.ReadMessage()
		if err != nil {
			return
		}
		for line := range bytes.Lines(frame) {
			var cmd command
			if err := json.Unmarshal(line, &cmd); err != nil {
				c.close(3501, "bad request")
				return
			}
			s.handle(c, cmd)
		}
	}
}

func (s *fakeServer) handle(c *fakeConn, cmd command) {
	s.mu.Lock()
	does := s.behaviour
	s.mu.Unlock()
	switch {
	case cmd.Connect != nil:
		s.commands <- "connect " + cmd.Connect.Token
		does.connect(c, cmd)
	case cmd.Subscribe != nil:
		s.commands <- "subscribe " + cmd.Subscribe.Channel
		does.subscribe(c, cmd)
	case cmd.Refresh != nil:
		s.commands <- "refresh " + cmd.Refresh.Token
		does.refresh(c, cmd)
	case cmd.RPC == nil: // a pong
	case cmd.RPC.Method == helloMethod:
		s.commands <- "hello " + string(cmd.RPC.Data)
		does.hello(c, cmd)
	case cmd.RPC.Method == cancelMethod:
		var cancel struct {
			CorrelationID string `json:"correlation_id"`
		}
		_ = json.Unmarshal(cmd.RPC.Data, &cancel)
		s.cancels <- cancel.CorrelationID
		c.reply(cmd.ID, "rpc", json.RawMessage(`{"data":{"$rpc":1,"cancelled":true}}`))
	case cmd.RPC.Method == ackMethod:
		var ack acknowledgement
		_ = json.Unmarshal(cmd.RPC.Data, &ack)
		s.acks <- ack
		does.ack(c, cmd)
	case cmd.RPC.Method == contractMethod:
		does.contract(c, cmd)
	default:
		call := receivedCall{commandID: cmd.ID, method: cmd.RPC.Method, raw: cmd.RPC.Data}
		_ = json.Unmarshal(cmd.RPC.Data, &call.callEnvelope)
		if call.method == callsMethod {
			does.calls(c, call)
			return
		}
		go does.call(c, call)
	}
}

// fakeConn is one connection, seen from the server.
type fakeConn struct {
	ws *websocket.Conn
	mu sync.Mutex
}

func (c *fakeConn) write(message any) {
	data, err := wire.Marshal(message)
	if err != nil {
		panic(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.ws.WriteMessage(websocket.TextMessage, data)
}

func (c *fakeConn) reply(id uint32, kind string, body any) {
	c.write(map[string]any{"id": id, kind: body})
}

func (c *fakeConn) fail(id uint32, code int, message string) {
	c.write(map[string]any{"id": id, "error": map[string]any{"code": code, "message": message}})
}

// result is the inline reply with a result.
func (c *fakeConn) result(call receivedCall, result any) {
	c.inline(call, map[string]any{"$rpc": 1, "correlation_id": call.CorrelationID, "result": result})
}

func (c *fakeConn) pending(call receivedCall) {
	c.inline(call, map[string]any{"$rpc": 1, "correlation_id": call.CorrelationID, "pending": true})
}

func (c *fakeConn) error(call receivedCall, code int, details any) {
	c.inline(call, map[string]any{"$rpc": 1, "correlation_id": call.CorrelationID, "error": map[string]any{"code": code, "message": "busy", "details": details}})
}

func (c *fakeConn) inline(call receivedCall, data any) {
	c.reply(call.commandID, "rpc", map[string]any{"data": data})
}

// publishResult is the deferred reply with a result.
func (c *fakeConn) publishResult(call receivedCall, result any) {
	c.publish(map[string]any{"$rpc": 1, "correlation_id": call.CorrelationID, "result": result})
}

func (c *fakeConn) publish(data any) {
	c.push("pub", map[string]any{"data": data})
}

// publishTo publishes on a channel of the application; tags come in pairs of name and value.
func (c *fakeConn) publishTo(channel string, data any, offset int, tags ...string) {
	pub := map[string]any{"data": data}
	if offset > 0 {
		pub["offset"] = offset
	}
	if len(tags) > 0 {
		named := map[string]string{}
		for i := 0; i < len(tags); i += 2 {
			named[tags[i]] = tags[i+1]
		}
		pub["tags"] = named
	}
	c.write(map[string]any{"push": map[string]any{"channel": channel, "pub": pub}})
}

func (c *fakeConn) push(kind string, body any) {
	c.write(map[string]any{"push": map[string]any{"channel": "user#42", kind: body}})
}

// close is Centrifugo's disconnect: a close frame with its code and reason.
func (c *fakeConn) close(code int, reason string) {
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
	c.drop()
}

// drop ends the network connection without a word.
func (c *fakeConn) drop() {
	_ = c.ws.Close()
}
