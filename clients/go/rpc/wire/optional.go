package wire

import "encoding/json"

// Optional is what an optional property holds that may also be null: a value, null, or nothing at
// all. The zero Optional is nothing: the property is not sent (its struct tag has omitzero).
type Optional[T any] struct {
	value   *T
	present bool
}

// Some makes an Optional of a value.
func Some[T any](value T) Optional[T] {
	return Optional[T]{value: &value, present: true}
}

// Null makes an Optional that is null.
func Null[T any]() Optional[T] {
	return Optional[T]{present: true}
}

// Get returns the value, and whether there is one.
func (o Optional[T]) Get() (value T, ok bool) {
	if o.value == nil {
		return value, false
	}
	return *o.value, true
}

// IsNull reports whether the property is there and null.
func (o Optional[T]) IsNull() bool {
	return o.present && o.value == nil
}

// IsZero reports whether the property is absent.
func (o Optional[T]) IsZero() bool {
	return !o.present
}

// MarshalJSON writes the value, or null without one.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if o.value == nil {
		return []byte("null"), nil
	}
	return Marshal(*o.value)
}

// UnmarshalJSON reads a value or null.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	*o = Null[T]()
	if string(data) == "null" {
		return nil
	}
	o.value = new(T)
	return json.Unmarshal(data, o.value)
}

// EachOptional is the Optional with its value changed, if it has one.
func EachOptional[T any](o Optional[T], change func(T) T) Optional[T] {
	if value, ok := o.Get(); ok {
		return Some(change(value))
	}
	return o
}
