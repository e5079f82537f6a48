package wire

import (
	"encoding/json"
	"fmt"
)

// UnmarshalTuple reads the items of an array into places, which are pointers, and those that follow
// into rest, unless that is nil.
func UnmarshalTuple[T any](data []byte, rest *[]T, places ...any) error {
	var items []json.RawMessage
	if err := json.Unmarshal(data, &items); err != nil {
		return err
	}
	if len(items) < len(places) || len(items) > len(places) && rest == nil {
		return fmt.Errorf("expected %d items, received %d", len(places), len(items))
	}
	for i, place := range places {
		if err := json.Unmarshal(items[i], place); err != nil {
			return fmt.Errorf("item %d: %w", i, err)
		}
	}
	if rest == nil {
		return nil
	}
	*rest = make([]T, len(items)-len(places))
	for i := range *rest {
		if err := json.Unmarshal(items[len(places)+i], &(*rest)[i]); err != nil {
			return fmt.Errorf("item %d: %w", len(places)+i, err)
		}
	}
	return nil
}

// MarshalTuple writes an array of items, followed by those of rest.
func MarshalTuple[T any](rest []T, items ...any) ([]byte, error) {
	all := make([]any, 0, len(items)+len(rest))
	all = append(all, items...)
	for _, item := range rest {
		all = append(all, item)
	}
	return Marshal(all)
}
