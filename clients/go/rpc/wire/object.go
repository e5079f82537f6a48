package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Field is a property of an object that encoding/json cannot read or write: because struct tags
// cannot hold its key, keys differ only by case, or the object has other properties beside its own.
type Field struct {
	Key   string
	Value any // points at the struct's field
	// Optional fields are left out while they are zero.
	Optional bool
}

// Fields returns the fields of a struct for [MarshalObject] and [UnmarshalObject]. The tag "json" has
// their keys as for encoding/json; a key that it cannot have is in the tag "wire".
func Fields(structPointer any) []Field {
	value := reflect.ValueOf(structPointer).Elem()
	fields := make([]Field, 0, value.NumField())
	for i := range value.NumField() {
		tag := value.Type().Field(i).Tag
		key, options, _ := strings.Cut(tag.Get("json"), ",")
		if wireKey, ok := tag.Lookup("wire"); ok {
			key, options = wireKey, tag.Get("optional")
		} else if key == "-" {
			continue
		}
		fields = append(fields, Field{key, value.Field(i).Addr().Interface(), options != ""})
	}
	return fields
}

// MarshalObject writes fields, and then what is under other keys.
func MarshalObject[T any](fields []Field, extra map[string]T) ([]byte, error) {
	var object objectWriter
	known := map[string]bool{}
	for _, field := range fields {
		known[field.Key] = true
		value := reflect.ValueOf(field.Value).Elem()
		if field.Optional && value.IsZero() {
			continue
		}
		object.add(field.Key, field.Value)
	}
	for _, key := range slices.Sorted(maps.Keys(extra)) {
		if !known[key] {
			object.add(key, extra[key])
		}
	}
	return object.end()
}

// UnmarshalObject reads fields by their exact keys, and what is under other keys into extra, unless
// that is nil.
func UnmarshalObject[T any](data []byte, fields []Field, extra *map[string]T) error {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(data, &values); err != nil {
		return err
	}
	if values == nil {
		return fmt.Errorf("expected an object, received %.40s", data)
	}
	for _, field := range fields {
		value, ok := values[field.Key]
		if !ok {
			continue
		}
		delete(values, field.Key)
		if err := json.Unmarshal(value, field.Value); err != nil {
			return fmt.Errorf("%s: %w", field.Key, err)
		}
	}
	if extra == nil {
		return nil
	}
	*extra = make(map[string]T, len(values))
	for key, value := range values {
		var decoded T
		if err := json.Unmarshal(value, &decoded); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		(*extra)[key] = decoded
	}
	return nil
}

// objectWriter writes an object in the order of what is added.
type objectWriter struct {
	buffer bytes.Buffer
	err    error
}

func (w *objectWriter) add(key string, value any) {
	encodedKey, err := Marshal(key)
	encodedValue, valueErr := Marshal(value)
	if valueErr != nil {
		err = fmt.Errorf("%s: %w", key, valueErr)
	}
	if err != nil {
		w.err = err
		return
	}
	separator := byte(',')
	if w.buffer.Len() == 0 {
		separator = '{'
	}
	w.buffer.WriteByte(separator)
	w.buffer.Write(encodedKey)
	w.buffer.WriteByte(':')
	w.buffer.Write(encodedValue)
}

func (w *objectWriter) end() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	if w.buffer.Len() == 0 {
		w.buffer.WriteByte('{')
	}
	w.buffer.WriteByte('}')
	return w.buffer.Bytes(), nil
}
