package rpc

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	"centrifugorpc/rpc/internal/centrifugo"
	"centrifugorpc/rpc/wire"
)

// readVectors reads a file that the clients of all languages are tested with.
func readVectors[T any](t *testing.T, name string) []T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "conformance", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []T
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) == 0 {
		t.Fatalf("%s has no cases", name)
	}
	return vectors
}

func TestCallEnvelopeVectors(t *testing.T) {
	type vector struct {
		Name  string
		Input struct {
			CorrelationID  string `json:"correlation_id"`
			Params         any    `json:"params"`
			TimeoutMS      int64  `json:"timeout_ms"`
			Attempt        int    `json:"attempt"`
			Epoch          string `json:"epoch"`
			IdempotencyKey string `json:"idempotency_key"`
			Trace          TraceContext
		}
		Data json.RawMessage
	}
	for _, v := range readVectors[vector](t, "call-envelope.json") {
		t.Run(v.Name, func(t *testing.T) {
			params, err := encodeParams(v.Input.Params)
			if err != nil {
				t.Fatal(err)
			}
			data, err := wire.Marshal(callEnvelope{
				Version:        protocolVersion,
				CorrelationID:  v.Input.CorrelationID,
				Params:         params,
				TimeoutMS:      v.Input.TimeoutMS,
				Attempt:        v.Input.Attempt,
				Epoch:          v.Input.Epoch,
				IdempotencyKey: v.Input.IdempotencyKey,
				TraceContext:   v.Input.Trace,
			})
			if err != nil {
				t.Fatal(err)
			}
			wantSameJSON(t, data, v.Data)
		})
	}
}

func TestCallsVectors(t *testing.T) {
	type vector struct {
		Name      string
		Data      json.RawMessage
		SendAgain []string `json:"send_again"`
	}
	for _, v := range readVectors[vector](t, "calls.json") {
		t.Run(v.Name, func(t *testing.T) {
			if got := readSendAgain(v.Data); !slices.Equal(got, v.SendAgain) {
				t.Errorf("%v are sent again, want %v", got, v.SendAgain)
			}
		})
	}
}

func TestReplyVectors(t *testing.T) {
	type vector struct {
		Name  string
		Data  json.RawMessage
		Reads json.RawMessage
	}
	for _, v := range readVectors[vector](t, "reply.json") {
		t.Run(v.Name, func(t *testing.T) {
			r, ok := readReply(v.Data)
			if !ok {
				wantSameJSON(t, []byte(`"ignored"`), v.Reads)
				return
			}
			reads := map[string]any{"correlation_id": r.correlationID}
			switch {
			case r.pending:
				reads["pending"] = true
			case r.err != nil:
				rpcErr := r.err.(*RPCError)
				wire := map[string]any{"code": rpcErr.Code, "message": rpcErr.Message}
				if rpcErr.Details != nil {
					wire["details"] = rpcErr.Details
				}
				reads["error"] = wire
			default:
				reads["result"] = r.result
			}
			data, err := wire.Marshal(reads)
			if err != nil {
				t.Fatal(err)
			}
			wantSameJSON(t, data, v.Reads)
		})
	}
}

func TestCentrifugoErrorVectors(t *testing.T) {
	type vector struct {
		Centrifugo int
		Message    string
		Code       int
		Text       string
	}
	for _, v := range readVectors[vector](t, "centrifugo-errors.json") {
		err := rpcErrorOfCentrifugo(&centrifugo.Error{Code: v.Centrifugo, Message: v.Message})
		if err.Code != v.Code || err.Message != v.Text {
			t.Errorf("Centrifugo's %d gave %d %q, want %d %q", v.Centrifugo, err.Code, err.Message, v.Code, v.Text)
		}
	}
}

func TestPublicationVectors(t *testing.T) {
	type vector struct {
		Name         string
		Tags         map[string]string
		Acknowledges *string
	}
	for _, v := range readVectors[vector](t, "publication.json") {
		want := ""
		if v.Acknowledges != nil {
			want = *v.Acknowledges
		}
		if got := messageID(v.Tags); got != want {
			t.Errorf("%s: acknowledges %q, want %q", v.Name, got, want)
		}
	}
}

func TestUserIDVectors(t *testing.T) {
	type vector struct {
		ID      string
		Allowed bool
		Channel string
	}
	for _, v := range readVectors[vector](t, "user-id.json") {
		if isUserID(v.ID) != v.Allowed {
			t.Errorf("user ID %q: allowed %v, want %v", v.ID, !v.Allowed, v.Allowed)
		}
		if v.Allowed && userChannel(v.ID) != v.Channel {
			t.Errorf("user ID %q: channel %q, want %q", v.ID, userChannel(v.ID), v.Channel)
		}
	}
}

func TestUUIDv7Vectors(t *testing.T) {
	type vector struct {
		Milliseconds int64
		Pattern      string
	}
	for _, v := range readVectors[vector](t, "uuidv7.json") {
		id := newUUIDv7(time.UnixMilli(v.Milliseconds))
		if !regexp.MustCompile(v.Pattern).MatchString(id) {
			t.Errorf("the UUIDv7 of %d ms is %s, want %s", v.Milliseconds, id, v.Pattern)
		}
	}
}

func TestUUIDv7sDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		seen[newUUIDv7(time.UnixMilli(1))] = true
	}
	if len(seen) != 10_000 {
		t.Errorf("%d different IDs of 10000", len(seen))
	}
}

func wantSameJSON(t *testing.T, got, want []byte) {
	t.Helper()
	var gotValue, wantValue any
	if err := json.Unmarshal(got, &gotValue); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if err := json.Unmarshal(want, &wantValue); err != nil {
		t.Fatalf("%v in %s", err, want)
	}
	if !reflect.DeepEqual(gotValue, wantValue) {
		t.Errorf("got %s, want %s", got, want)
	}
}
