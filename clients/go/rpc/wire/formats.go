package wire

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
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

// DateTime is a moment: a time.Time that keeps the text in which it arrived. While its Time is the
// same, it is sent as that text.
type DateTime struct {
	time.Time
	text string
}

// MarshalText writes the moment (RFC 3339).
func (d DateTime) MarshalText() ([]byte, error) {
	if read, err := parseDateTime(d.text); err == nil && read.Equal(d.Time) && offset(read) == offset(d.Time) {
		return []byte(d.text), nil
	}
	return d.Time.MarshalText()
}

func offset(t time.Time) int {
	_, seconds := t.Zone()
	return seconds
}

// UnmarshalText reads the moment (RFC 3339).
func (d *DateTime) UnmarshalText(text []byte) error {
	read, err := parseDateTime(string(text))
	if err == nil {
		*d = DateTime{Time: read, text: string(text)}
	}
	return err
}

// MarshalJSON writes the text; the method of time.Time would be used otherwise.
func (d DateTime) MarshalJSON() ([]byte, error) {
	text, err := d.MarshalText()
	if err != nil {
		return nil, err
	}
	return Marshal(string(text))
}

// UnmarshalJSON reads the text; the method of time.Time would be used otherwise.
func (d *DateTime) UnmarshalJSON(data []byte) error {
	var text *string
	if err := json.Unmarshal(data, &text); err != nil || text == nil {
		return err
	}
	return d.UnmarshalText([]byte(*text))
}

// In all clients: letters of either case, and a time without seconds, which schema libraries allow.
var dateTimePattern = regexp.MustCompile(`^\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

func parseDateTime(text string) (time.Time, error) {
	if dateTimePattern.MatchString(text) {
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
			if read, err := time.Parse(layout, strings.ToUpper(text)); err == nil && read.Year() > 0 {
				return read, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is not a date and time with an offset (RFC 3339)", text)
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
