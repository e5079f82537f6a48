package wire

import (
	"encoding/json"
	"testing"
)

// wantJSON asserts what a value is encoded as.
func wantJSON(t *testing.T, value any, want string) {
	t.Helper()
	got, err := Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// decoded decodes JSON that must be right.
func decoded[T any](t *testing.T, data string) T {
	t.Helper()
	var value T
	if err := json.Unmarshal([]byte(data), &value); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return value
}

// wantRefused asserts that no T can be decoded from any of these.
func wantRefused[T any](t *testing.T, texts ...string) {
	t.Helper()
	for _, data := range texts {
		var value T
		if err := json.Unmarshal([]byte(data), &value); err == nil {
			t.Errorf("%s was decoded to %v", data, value)
		}
	}
}
