package wire

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// typeOf is the JSON type of a decoded value.
func typeOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	default:
		return "number"
	}
}

// has reports whether a value is one of a schema's.
func has(known []any, value any) bool {
	if number, ok := value.(json.Number); ok {
		float, err := number.Float64()
		return err == nil && slices.Contains(known, any(float))
	}
	return slices.ContainsFunc(known, func(one any) bool {
		return typeOf(one) == typeOf(value) && one == value
	})
}

func oneOf(known []any) string {
	texts := make([]string, len(known))
	for i, value := range known {
		text, _ := Marshal(value) // JSON has been decoded into it
		texts[i] = string(text)
	}
	return "expected one of " + strings.Join(texts, ", ")
}

var isNumber = map[string]func(number string) bool{
	"number": func(number string) bool {
		_, err := strconv.ParseFloat(number, 64)
		return err == nil
	},
	"integer": func(number string) bool {
		if plain, ok := plainInteger(number); ok {
			number = plain
		}
		_, err := strconv.ParseInt(number, 10, 64)
		return err == nil
	},
}
