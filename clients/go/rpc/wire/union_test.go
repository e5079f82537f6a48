package wire

import (
	"encoding/json"
	"testing"
)

func TestKind(t *testing.T) {
	for data, kind := range map[string]byte{
		`"x"`: '"', `[]`: '[', `{}`: '{', `null`: 'n', `true`: 't', `false`: 't', `-1`: '0', `7`: '0', ``: 0,
	} {
		if Kind([]byte(data)) != kind {
			t.Errorf("%s: %q, want %q", data, Kind([]byte(data)), kind)
		}
	}
}

func TestTag(t *testing.T) {
	if tag, err := Tag[string]([]byte(`{"Kind":"b","kind":"a"}`), "kind"); tag != "a" || err != nil {
		t.Error(tag, err)
	}
	if tag, err := Tag[float64]([]byte(`{"v":2.0}`), "v"); tag != 2 || err != nil {
		t.Error(tag, err)
	}
	if tag, err := Tag[bool]([]byte(`{"":false}`), ""); tag || err != nil {
		t.Error(tag, err)
	}
	for data, want := range map[string]any{`{"t":1}`: 1.0, `{"t":"1"}`: "1", `{"t":true}`: true} {
		if tag, err := Tag[any]([]byte(data), "t"); tag != want || err != nil {
			t.Errorf("%s: %v, %v", data, tag, err)
		}
	}
}

func TestTagThatIsNoneIsAnError(t *testing.T) {
	for _, data := range []string{`{}`, `{"KIND":"a"}`, `{"kind":null}`, `{"kind":1}`, `[]`} {
		if _, err := Tag[string]([]byte(data), "kind"); err == nil {
			t.Errorf("%s: no error", data)
		}
	}
	if _, err := Tag[bool]([]byte(`{}`), "on"); err == nil {
		t.Error("a missing tag is false")
	}
}

func TestAnyOf(t *testing.T) {
	wantJSON(t, []AnyOf{AnyOfValue("<x>"), AnyOfValue(1), decoded[AnyOf](t, `{"b":1,"a":2}`)}, `["<x>",1,{"b":1,"a":2}]`)
	if _, err := json.Marshal(AnyOf{}); err == nil {
		t.Error("an empty union was encoded")
	}
}
