package wire

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Mismatch has the places where JSON does not match its type.
type Mismatch struct {
	Issues []Issue `json:"issues"` // one at least
}

// Issue is one place where JSON does not match its type. Path has the keys and indexes that lead there.
type Issue struct {
	Path    []any  `json:"path"`
	Message string `json:"message"`
}

// Error returns the first issue, and how many more there are.
func (m *Mismatch) Error() string {
	first := m.Issues[0]
	keys := make([]string, len(first.Path))
	for i, key := range first.Path {
		keys[i] = fmt.Sprint(key)
	}
	text := first.Message
	if len(keys) > 0 {
		text = strings.Join(keys, ".") + ": " + text
	}
	if more := len(m.Issues) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// Details is the mismatch as the details of an error have it.
func (m *Mismatch) Details() json.RawMessage {
	details, _ := Marshal(m) // texts and integers only
	return details
}

func mismatchOf(err error) *Mismatch {
	return &Mismatch{Issues: []Issue{{Path: []any{}, Message: err.Error()}}}
}
