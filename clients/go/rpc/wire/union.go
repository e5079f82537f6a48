package wire

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Kind is what a JSON value starts with; '0' for every number and 't' for both booleans.
func Kind(data []byte) byte {
	if len(data) == 0 {
		return 0
	}
	switch first := data[0]; first {
	case '"', '[', '{', 'n':
		return first
	case 't', 'f':
		return 't'
	default:
		return '0'
	}
}

// Tag reads the property of an object that selects its type in a union. T is string, bool,
// float64, or any for several of them.
func Tag[T any](object []byte, key string) (T, error) {
	var tag T
	var values map[string]json.RawMessage
	if err := json.Unmarshal(object, &values); err != nil {
		return tag, err
	}
	value, ok := values[key]
	if !ok {
		return tag, fmt.Errorf("the property %q is missing, which selects the type of the object", key)
	}
	if string(value) == "null" {
		return tag, fmt.Errorf("the property %q, which selects the type of the object, is null", key)
	}
	return tag, json.Unmarshal(value, &tag)
}

// AnyOf holds JSON of one of several types, without a property that selects the type.
type AnyOf struct {
	value any
	raw   json.RawMessage
}

// AnyOfValue makes an AnyOf of a value.
func AnyOfValue(value any) AnyOf {
	return AnyOf{value: value}
}

// MarshalJSON writes the value, or the JSON that was read.
func (a AnyOf) MarshalJSON() ([]byte, error) {
	if a.raw != nil {
		return a.raw, nil
	}
	if a.value == nil {
		return nil, errors.New("the union is empty: make it with one of its functions")
	}
	return Marshal(a.value)
}

// UnmarshalJSON keeps the JSON.
func (a *AnyOf) UnmarshalJSON(data []byte) error {
	*a = AnyOf{raw: append(json.RawMessage{}, data...)}
	return nil
}
