package wire

import (
	"encoding/base64"
	"regexp"
	"strings"
	"time"
)

// isFormat has for each format whether a text is of it.
var isFormat = map[string]func(text string) bool{
	"int64":  decodes[Int64],
	"uint64": decodes[Uint64],
	"base64url": func(text string) bool {
		_, err := decodeBase64URL(text)
		return err == nil && !hasLineBreak(text)
	},
	"base64": func(text string) bool {
		_, err := base64.StdEncoding.DecodeString(text)
		return err == nil && !hasLineBreak(text)
	},
	"date-time": func(text string) bool {
		_, err := parseDateTime(text)
		return err == nil
	},
	"date": func(text string) bool {
		day, err := time.Parse(time.DateOnly, text)
		return err == nil && day.Year() > 0
	},
	"time": regexp.MustCompile(`^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)?$`).MatchString,
	"duration": func(text string) bool {
		return durationPattern.MatchString(text) && !strings.HasSuffix(text, "P") && !strings.HasSuffix(text, "T")
	},
	"decimal": regexp.MustCompile(`^-?\d+(\.\d+)?$`).MatchString,
	"uuid":    regexp.MustCompile(`(?i)^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$`).MatchString,
}

// hasLineBreak finds what package base64 passes over.
func hasLineBreak(text string) bool {
	return strings.ContainsAny(text, "\r\n")
}

var durationPattern = regexp.MustCompile(`^P(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(\d+H)?(\d+M)?(\d+([.,]\d+)?S)?)?$`)

func decodes[T any, P interface {
	*T
	UnmarshalText(text []byte) error
}](text string) bool {
	return P(new(T)).UnmarshalText([]byte(text)) == nil
}
