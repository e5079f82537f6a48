package centrifugo

import (
	"errors"
	"fmt"
	"net"

	"github.com/gorilla/websocket"
)

// ErrNotSent is why a command failed that was not sent: the connection or the context ended before.
var ErrNotSent = errors.New("the connection was lost before the command was sent")

// ErrLost is why a command failed that was sent: the connection ended before the reply. The cause of
// [Conn.Context] says why it ended.
var ErrLost = errors.New("the connection was lost before the reply")

// Error is what the server says when it refuses a command, or ends a subscription or the connection.
type Error struct {
	// Code is one of https://centrifugal.dev/docs/server/codes, and 0 if the server gave none.
	Code    int    `json:"code"`
	Message string `json:"message"`
	// Temporary reports whether another attempt may succeed.
	Temporary bool `json:"temporary"`
}

// Error returns the message and the code.
func (e *Error) Error() string {
	return fmt.Sprintf("%s (code %d)", e.Message, e.Code)
}

const (
	firstCloseCode      = 3000 // below are those of the WebSocket protocol
	firstResubscribable = 2500 // of the codes with which a server ends a subscription
)

// lossError returns why reading from a connection failed.
func lossError(err error) *Error {
	known := new(Error)
	closed := new(websocket.CloseError)
	var timeout net.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &closed) && closed.Code >= firstCloseCode:
		return &Error{Code: closed.Code, Message: closed.Text, Temporary: mayReconnect(closed.Code)}
	case errors.As(err, &closed) && closed.Code == websocket.CloseMessageTooBig:
		return &Error{Message: "the server closed the connection: a message was too large", Temporary: true}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &Error{Message: "the server has been silent for too long", Temporary: true}
	}
	return &Error{Message: "the server closed the connection", Temporary: true}
}

// mayReconnect reports whether a close code allows the client to connect again.
func mayReconnect(code int) bool {
	return code < 3500 || code >= 4000 && code < 4500 || code >= 5000
}
