package centrifugo

import (
	"encoding/json"

	"centrifugorpc/rpc/wire"
)

// command is a message to the server; exactly one of its pointers is set.
type command struct {
	ID          uint32              `json:"id"`
	Connect     *connectRequest     `json:"connect,omitempty"`
	Subscribe   *subscribeRequest   `json:"subscribe,omitempty"`
	Unsubscribe *unsubscribeRequest `json:"unsubscribe,omitempty"`
	RPC         *rpcRequest         `json:"rpc,omitempty"`
	Refresh     *refreshRequest     `json:"refresh,omitempty"`
}

type connectRequest struct {
	Token string `json:"token"`
	Name  string `json:"name"`
}

type subscribeRequest struct {
	Channel     string `json:"channel"`
	Recoverable bool   `json:"recoverable"`
	Recover     bool   `json:"recover,omitempty"`
	*Position
}

type unsubscribeRequest struct {
	Channel string `json:"channel"`
}

type rpcRequest struct {
	Method string          `json:"method"`
	Data   json.RawMessage `json:"data"`
}

type refreshRequest struct {
	Token string `json:"token"`
}

// reply is a message from the server: the answer to the command with its ID, a push, or, if it is
// empty, a ping.
type reply struct {
	ID        uint32           `json:"id"`
	Error     *Error           `json:"error"`
	Connect   *connectResult   `json:"connect"`
	Subscribe *subscribeResult `json:"subscribe"`
	RPC       *rpcResult       `json:"rpc"`
	Refresh   *Expiry          `json:"refresh"`
	Push      *push            `json:"push"`
}

type connectResult struct {
	Expiry
	Ping int  `json:"ping"` // seconds between two pings; 0 if the server sends none
	Pong bool `json:"pong"` // whether the server expects an answer to each ping
}

// Expiry is when a token expires.
type Expiry struct {
	Expires bool `json:"expires"`
	TTL     int  `json:"ttl"` // seconds from now
}

type subscribeResult struct {
	Position
	Recoverable   bool          `json:"recoverable"`
	Recovered     bool          `json:"recovered"`
	WasRecovering bool          `json:"was_recovering"`
	Publications  []Publication `json:"publications"`
}

type rpcResult struct {
	Data json.RawMessage `json:"data"`
}

type push struct {
	Channel     string       `json:"channel"`
	Pub         *Publication `json:"pub"`
	Unsubscribe *struct {
		Code   int    `json:"code"`
		Reason string `json:"reason"`
	} `json:"unsubscribe"`
}

// Position is a place in the history of a channel.
type Position struct {
	Epoch  string `json:"epoch"`
	Offset uint64 `json:"offset"`
}

// Publication is what was published on a channel.
type Publication struct {
	Data   json.RawMessage   `json:"data"`
	Tags   map[string]string `json:"tags"`
	Offset uint64            `json:"offset"` // in the channel's history; 0 if there is none
}

// FrameBytes returns the size of the WebSocket message that carries an RPC. Its ID counts with 10
// digits, the most that it can have.
func FrameBytes(method string, data []byte) int {
	const frame = `{"id":4294967295,"rpc":{"method":,"data":}}`
	encoded, _ := wire.Marshal(method) // a string can always be encoded
	return len(frame) + len(encoded) + len(data)
}
