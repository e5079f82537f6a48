package centrifugo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"centrifugorpc/rpc/wire"
)

const (
	// writeTimeout is how long one message may take to leave.
	writeTimeout = 10 * time.Second
	// closeTimeout is how long the server may take to confirm the end of the connection.
	closeTimeout = time.Second
)

// Tests shorten these.
var (
	// pingDelay is how much later than announced a ping may come.
	pingDelay = 10 * time.Second
	// probeDelay is how long the server may send nothing, while the caller waits, before it is probed,
	// and how long it may take to answer the probe.
	probeDelay = 5 * time.Second
)

// probeChannel is an unused channel. The server answers a command to unsubscribe from it without the
// gateway.
const probeChannel = "$rpc.probe"

// Conn is one connection. It does not reconnect. Its methods may be used by many goroutines at once.
type Conn struct {
	ws     *websocket.Conn
	frames chan []byte   // to the goroutine that writes; a frame that it has taken counts as sent
	pongs  chan struct{} // has room for one: a ping is to be answered

	// ctx ends when the connection has ended and all that was received before has been handled.
	ctx context.Context
	end context.CancelCauseFunc

	heard atomic.Pointer[time.Time] // when the server last sent a frame

	// Used by the goroutine that reads.
	silence time.Duration // how long the server may send nothing; 0 for any time
	pong    bool          // whether pings are to be answered

	mu            sync.Mutex
	why           error // why this side has closed the connection
	lastID        uint32
	waiting       map[uint32]func(*reply) // by the ID of the command
	subscriptions map[string]*Subscription
}

// Open opens a WebSocket and connects with a token. ctx bounds the attempt only. An *[Error] is the
// server's refusal, or why the WebSocket could not be opened.
func Open(ctx context.Context, url, token string) (*Conn, Expiry, error) {
	ws, err := dial(ctx, url)
	if err != nil {
		return nil, Expiry{}, err
	}
	c := &Conn{
		ws:            ws,
		frames:        make(chan []byte),
		pongs:         make(chan struct{}, 1),
		waiting:       map[uint32]func(*reply){},
		subscriptions: map[string]*Subscription{},
	}
	c.ctx, c.end = context.WithCancelCause(context.Background())
	go c.read()
	go c.write()
	answer, err := c.ask(ctx, command{Connect: &connectRequest{Token: token, Name: "go"}}, c.connected)
	if err == nil && answer.Connect == nil {
		err = &Error{Message: "the server's answer to connect cannot be read"}
	}
	if err != nil {
		c.Close(err)
		if errors.Is(err, ErrLost) || errors.Is(err, ErrNotSent) {
			err = context.Cause(c.ctx)
		}
		return nil, Expiry{}, err
	}
	return c, answer.Connect.Expiry, nil
}

// dial opens the WebSocket. The dialer of the package alone would not end with ctx once there is a
// network connection.
func dial(ctx context.Context, url string) (*websocket.Conn, error) {
	var stop func() bool
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, NetDialContext: func(_ context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err == nil {
			stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
		}
		return conn, err
	}}
	ws, _, err := dialer.DialContext(context.WithoutCancel(ctx), url, nil)
	if stop != nil {
		stop()
	}
	if err != nil {
		text := "the server cannot be reached: " + err.Error()
		if errors.Is(err, websocket.ErrBadHandshake) {
			text += ": the URL is not a WebSocket endpoint of Centrifugo, whose path is /connection/websocket by default"
		}
		return nil, &Error{Message: text, Temporary: true}
	}
	return ws, nil
}

// Context ends with the connection. Its cause says why: an *[Error], or what [Conn.Close] was called with.
func (c *Conn) Context() context.Context { return c.ctx }

// Close closes the connection, and returns when it has ended.
func (c *Conn) Close(why error) {
	c.because(why)
	goodbye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = c.ws.WriteControl(websocket.CloseMessage, goodbye, time.Now().Add(closeTimeout))
	c.awaitEnd()
}

func (c *Conn) because(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why == nil {
		c.why = why
	}
}

// awaitEnd waits until the server has closed the connection, but not longer than closeTimeout.
func (c *Conn) awaitEnd() {
	cut := time.AfterFunc(closeTimeout, func() { _ = c.ws.Close() })
	defer cut.Stop()
	<-c.ctx.Done()
}

// read handles what the server sends, until the connection ends.
func (c *Conn) read() {
	err := c.readFrames()
	_ = c.ws.Close()
	c.mu.Lock()
	why := c.why
	c.mu.Unlock()
	if why == nil {
		why = lossError(err)
	}
	c.end(why)
}

func (c *Conn) readFrames() error {
	for {
		if c.silence > 0 {
			_ = c.ws.SetReadDeadline(time.Now().Add(c.silence))
		}
		_, frame, err := c.ws.ReadMessage()
		if err != nil {
			return err
		}
		now := time.Now()
		c.heard.Store(&now)
		for line := range bytes.Lines(frame) {
			var r reply
			if err := json.Unmarshal(line, &r); err != nil {
				return &Error{Message: "the server sent a message that cannot be read: " + err.Error(), Temporary: true}
			}
			c.handle(&r)
		}
	}
}

// write sends one frame after the other, until the connection ends. After a failure it leaves it to
// read to find out why: the server may have said so.
func (c *Conn) write() {
	for {
		var frame []byte
		select {
		case <-c.ctx.Done():
			return
		case <-c.pongs:
			frame = []byte("{}")
		case frame = <-c.frames:
		}
		_ = c.ws.SetWriteDeadline(time.Now().Add(writeTimeout))
		if c.ws.WriteMessage(websocket.TextMessage, frame) != nil {
			c.awaitEnd()
			return
		}
	}
}

func (c *Conn) handle(r *reply) {
	switch {
	case r.Push != nil:
		c.pushed(r.Push)
	case r.ID != 0:
		c.mu.Lock()
		answered := c.waiting[r.ID]
		delete(c.waiting, r.ID)
		c.mu.Unlock()
		if answered != nil {
			answered(r)
		}
	case c.pong:
		select {
		case c.pongs <- struct{}{}:
		default:
		}
	}
}

func (c *Conn) connected(r *reply) {
	if r.Connect != nil && r.Connect.Ping > 0 {
		c.silence = time.Duration(r.Connect.Ping)*time.Second + pingDelay
		c.pong = r.Connect.Pong
	}
}

// ask sends a command and waits for its reply. answered, unless nil, is called with it on the
// goroutine that reads, before anything else is read.
func (c *Conn) ask(ctx context.Context, cmd command, answered func(*reply)) (*reply, error) {
	answers := make(chan *reply, 1)
	id, err := c.send(ctx, cmd, func(r *reply) {
		if answered != nil && r.Error == nil {
			answered(r)
		}
		answers <- r
	})
	defer c.forget(id)
	if err != nil {
		return nil, err
	}
	var answer *reply
	select {
	case answer = <-answers:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.ctx.Done():
		select { // it may have come just before
		case answer = <-answers:
		default:
			return nil, ErrLost
		}
	}
	if answer.Error != nil {
		return nil, answer.Error
	}
	return answer, nil
}

// send sends a command. answered is called with the reply, if one comes.
func (c *Conn) send(ctx context.Context, cmd command, answered func(*reply)) (id uint32, err error) {
	c.mu.Lock()
	c.lastID++
	cmd.ID = c.lastID
	c.waiting[cmd.ID] = answered
	c.mu.Unlock()
	frame, err := wire.Marshal(cmd)
	if err != nil {
		return cmd.ID, err
	}
	select {
	case c.frames <- frame:
		return cmd.ID, nil
	case <-ctx.Done():
	case <-c.ctx.Done():
	}
	return cmd.ID, ErrNotSent
}

func (c *Conn) forget(id uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// Watch ends the connection if the server sends nothing while the caller waits, not even the reply to
// a probe. It returns when waiting returns false or the connection has ended.
func (c *Conn) Watch(waiting func() bool) {
	for wait := probeDelay; ; {
		select {
		case <-time.After(wait):
		case <-c.ctx.Done():
			return
		}
		if !waiting() {
			return
		}
		before := c.heard.Load()
		if wait = probeDelay - time.Since(*before); wait > 0 {
			continue
		}
		wait = probeDelay
		ctx, stop := context.WithTimeout(c.ctx, probeDelay)
		_, _ = c.ask(ctx, command{Unsubscribe: &unsubscribeRequest{Channel: probeChannel}}, nil)
		stop()
		if c.heard.Load() == before {
			c.because(&Error{Message: "the server no longer answers", Temporary: true})
			_ = c.ws.Close() // without the closing handshake
			return
		}
	}
}

// RPC calls a method and returns the data of the reply. The error is [ErrNotSent], [ErrLost], the
// server's *[Error], or that of ctx.
func (c *Conn) RPC(ctx context.Context, method string, data json.RawMessage) (json.RawMessage, error) {
	answer, err := c.ask(ctx, command{RPC: &rpcRequest{Method: method, Data: data}}, nil)
	if err != nil || answer.RPC == nil {
		return nil, err
	}
	return answer.RPC.Data, nil
}

// Refresh sends the server the next token of the same user, and returns when it expires. Errors are
// those of [Conn.RPC].
func (c *Conn) Refresh(ctx context.Context, token string) (Expiry, error) {
	answer, err := c.ask(ctx, command{Refresh: &refreshRequest{Token: token}}, nil)
	if err != nil || answer.Refresh == nil {
		return Expiry{}, err
	}
	return *answer.Refresh, nil
}
