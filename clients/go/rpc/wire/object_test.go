package wire

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

// odd has keys that a struct tag cannot hold, or that encoding/json does not tell apart.
type odd struct {
	Quote string
	Lower int64
	Upper *int64
	Note  Optional[string]
	Extra map[string][]int64
}

func (o odd) MarshalJSON() ([]byte, error) {
	return MarshalObject(o.fields(), o.Extra)
}

func (o *odd) UnmarshalJSON(data []byte) error {
	return UnmarshalObject(data, o.fields(), &o.Extra)
}

func (o *odd) fields() []Field {
	return []Field{
		{Key: "\"\n,", Value: &o.Quote},
		{Key: "a", Value: &o.Lower},
		{Key: "A", Value: &o.Upper, Optional: true},
		{Key: "", Value: &o.Note, Optional: true},
	}
}

func TestObjectWithExactKeys(t *testing.T) {
	for _, data := range []string{
		`{"\"\n,":"<x>","a":1,"A":2,"":null,"b":[1],"é":[]}`,
		`{"\"\n,":"","a":0}`,
	} {
		wantJSON(t, decoded[odd](t, data), data)
	}
	if got := decoded[odd](t, `{"A":2}`); got.Lower != 0 || *got.Upper != 2 || got.Extra == nil {
		t.Errorf("%+v", got)
	}
}

func TestFieldsCountBeforeExtra(t *testing.T) {
	wantJSON(t, odd{Extra: map[string][]int64{"a": {5}, "z": nil}}, `{"\"\n,":"","a":0,"z":null}`)
}

func TestObjectWithoutExtra(t *testing.T) {
	var a, b int64
	fields := []Field{{Key: "a", Value: &a}, {Key: "b", Value: &b}}
	if err := UnmarshalObject[any]([]byte(`{"a":1,"B":2}`), fields, nil); err != nil || a != 1 || b != 0 {
		t.Errorf("%d, %d, %v", a, b, err)
	}
	data, err := MarshalObject[any](fields, nil)
	if err != nil || string(data) != `{"a":1,"b":0}` {
		t.Errorf("%s, %v", data, err)
	}
	data, err = MarshalObject[any](nil, nil)
	if err != nil || string(data) != `{}` {
		t.Errorf("%s, %v", data, err)
	}
}

func TestObjectErrorsNameTheKey(t *testing.T) {
	for data, want := range map[string]string{
		`{"a":"x"}`: "a: ", `{"zz":[0.5]}`: "zz: ", `null`: "expected an object", `[]`: "cannot unmarshal array",
	} {
		if err := json.Unmarshal([]byte(data), &odd{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", data, err)
		}
	}
	nan := math.NaN()
	if _, err := MarshalObject[any]([]Field{{Key: "f", Value: &nan}}, nil); err == nil || !strings.HasPrefix(err.Error(), "f: ") {
		t.Error(err)
	}
}
