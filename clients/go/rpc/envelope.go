package rpc

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"centrifugorpc/rpc/wire"
)

// protocolVersion is the version of docs/protocol.md that this client speaks.
const protocolVersion = 1

// The methods of the protocol itself.
const (
	helloMethod    = "$rpc.hello"
	cancelMethod   = "$rpc.cancel"
	callsMethod    = "$rpc.calls"
	ackMethod      = "$rpc.ack"
	contractMethod = "$rpc.contract"
)

// callEnvelope is the data of Centrifugo's rpc command for one call.
type callEnvelope struct {
	Version        int             `json:"$rpc"`
	CorrelationID  string          `json:"correlation_id"`
	Params         json.RawMessage `json:"params,omitempty"`
	TimeoutMS      int64           `json:"timeout_ms"`
	Attempt        int             `json:"attempt"`
	Epoch          string          `json:"epoch,omitempty"`
	IdempotencyKey string          `json:"idempotency_key,omitempty"`
	TraceContext
}

// TraceContext is the trace that a call is part of (https://www.w3.org/TR/trace-context/).
type TraceContext struct {
	Traceparent string `json:"traceparent,omitempty"`
	Tracestate  string `json:"tracestate,omitempty"`
}

// encodeControl encodes the data of the rpc command for one of the protocol's own methods.
func encodeControl(fields map[string]any) (json.RawMessage, error) {
	fields["$rpc"] = protocolVersion
	return wire.Marshal(fields)
}

// messageID returns the ID under which to acknowledge a publication with these tags; empty for most.
func messageID(tags map[string]string) string {
	if tags["rpc_ack"] != "1" {
		return ""
	}
	return tags["rpc_message_id"]
}

// helloReply is the reply data of $rpc.hello.
type helloReply struct {
	Versions        []int  `json:"versions"`
	Epoch           string `json:"epoch"`
	MaxMessageBytes int    `json:"max_message_bytes"`
	Contract        string `json:"contract"`
	KeepsCalls      bool   `json:"keeps_calls"`
}

// readHello fails if the server does not speak this version of the protocol.
func readHello(data []byte) (helloReply, error) {
	var hello helloReply
	if err := json.Unmarshal(data, &hello); err != nil {
		return hello, fmt.Errorf("the server's answer to %s cannot be read (%v): check that the gateway is a centrifugo-rpc gateway", helloMethod, err)
	}
	if !slices.Contains(hello.Versions, protocolVersion) {
		return hello, fmt.Errorf("the server speaks the protocol versions %v and this client version %d: generate the client again", hello.Versions, protocolVersion)
	}
	return hello, nil
}

// reply is the server's reply to a call: its end, or that its end comes later (pending).
type reply struct {
	correlationID string
	result        json.RawMessage
	err           error
	pending       bool
}

// readReply returns false for data that is not a reply: other publications on the user's channel, and
// replies of a protocol version that this client does not know.
func readReply(data []byte) (reply, bool) {
	// A map, because with a struct encoding/json would take a field "Result" for "result".
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return reply{}, false
	}
	var version float64
	if json.Unmarshal(fields["$rpc"], &version) != nil || version != protocolVersion {
		return reply{}, false
	}
	var r reply
	if json.Unmarshal(fields["correlation_id"], &r.correlationID) != nil || !correlationIDPattern.MatchString(r.correlationID) {
		return reply{}, false
	}
	if err, ok := readWireError(fields["error"]); ok {
		r.err = err
		return r, true
	}
	if result, ok := fields["result"]; ok {
		r.result = result
		return r, true
	}
	r.pending = string(fields["pending"]) == "true"
	return r, r.pending
}

// readSendAgain reads the reply data of $rpc.calls: the calls to send again, none if it is malformed.
func readSendAgain(data []byte) []string {
	var known struct {
		SendAgain []string `json:"send_again"`
	}
	if json.Unmarshal(data, &known) != nil {
		return nil
	}
	return known.SendAgain
}

// readWireError returns false for data that is not an error.
func readWireError(data json.RawMessage) (*RPCError, bool) {
	var fields map[string]json.RawMessage
	var code *float64
	var message *string
	if json.Unmarshal(data, &fields) != nil ||
		json.Unmarshal(fields["code"], &code) != nil || code == nil ||
		json.Unmarshal(fields["message"], &message) != nil || message == nil {
		return nil, false
	}
	if *code != math.Trunc(*code) || *code < firstCode || *code > lastCode {
		*code = CodeInternal
	}
	return &RPCError{Code: int(*code), Message: *message, Details: fields["details"]}, true
}

// encodeParams leaves params that are nil out of the envelope, where absent means {}.
func encodeParams(params any) (json.RawMessage, error) {
	if params == nil {
		return nil, nil
	}
	return wire.Marshal(params)
}
