package wire

// The functions of this file put empty lists and maps in place of nil ones, which encoding/json
// writes as null.

// List is [] for nil.
func List[L ~[]T, T any](list L) L {
	if list == nil {
		return L{}
	}
	return list
}

// Map is {} for nil.
func Map[M ~map[K]V, K comparable, V any](values M) M {
	if values == nil {
		return M{}
	}
	return values
}

// EachItem is a copy of a list with every item changed.
func EachItem[L ~[]T, T any](list L, change func(T) T) L {
	if list == nil {
		return nil
	}
	changed := make(L, len(list))
	for i, item := range list {
		changed[i] = change(item)
	}
	return changed
}

// EachValue is a copy of a map with every value changed.
func EachValue[M ~map[K]V, K comparable, V any](values M, change func(V) V) M {
	if values == nil {
		return nil
	}
	changed := make(M, len(values))
	for key, value := range values {
		changed[key] = change(value)
	}
	return changed
}
