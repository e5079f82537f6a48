package wire

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Int64 is an integer that JSON numbers are too small for: on the wire it is a text of its digits.
type Int64 int64

// MarshalText writes the digits.
func (i Int64) MarshalText() ([]byte, error) {
	return strconv.AppendInt(nil, int64(i), 10), nil
}

// UnmarshalText reads the digits.
func (i *Int64) UnmarshalText(text []byte) error {
	value, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not an int64: %w", text, errors.Unwrap(err))
	}
	if text[0] == '+' {
		return fmt.Errorf("%q is not an int64: it has a plus sign", text)
	}
	*i = Int64(value)
	return nil
}

// Uint64 is a whole number that JSON numbers are too small for: on the wire it is a text of its
// digits.
type Uint64 uint64

// MarshalText writes the digits.
func (u Uint64) MarshalText() ([]byte, error) {
	return strconv.AppendUint(nil, uint64(u), 10), nil
}

// UnmarshalText reads the digits.
func (u *Uint64) UnmarshalText(text []byte) error {
	value, err := strconv.ParseUint(string(text), 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not a uint64: %w", text, errors.Unwrap(err))
	}
	*u = Uint64(value)
	return nil
}

// Base64URL is bytes that are base64url without padding on the wire (RFC 4648), and null when they are
// nil, as []byte is. A []byte can be assigned to it.
type Base64URL []byte

// MarshalJSON writes base64url without padding.
func (b Base64URL) MarshalJSON() ([]byte, error) {
	if b == nil {
		return []byte("null"), nil
	}
	return Marshal(base64.RawURLEncoding.EncodeToString(b))
}

// UnmarshalJSON reads base64url with or without padding.
func (b *Base64URL) UnmarshalJSON(data []byte) error {
	*b = nil
	var text *string
	if err := json.Unmarshal(data, &text); err != nil || text == nil {
		return err
	}
	decoded, err := decodeBase64URL(*text)
	*b = decoded
	return err
}

func decodeBase64URL(text string) ([]byte, error) {
	decoded, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, fmt.Errorf("%.40q is not base64url: %w", text, err)
	}
	return decoded, nil
}

// JSONNull is the type of what is always null.
type JSONNull struct{}

// MarshalJSON writes null.
func (JSONNull) MarshalJSON() ([]byte, error) {
	return []byte("null"), nil
}

// UnmarshalJSON reads null.
func (*JSONNull) UnmarshalJSON(data []byte) error {
	if string(data) != "null" {
		return fmt.Errorf("expected null, received %.40s", data)
	}
	return nil
}
