package wire

import (
	"errors"
	"strings"
	"testing"
)

type user struct {
	ID   Int64  `json:"id"`
	Name string `json:"name"`
}

func TestDecodeResult(t *testing.T) {
	var got user
	if mismatch := testSchemas(`"User"`).DecodeResult("m", []byte(`{"id":"7","name":"x"}`), &got, true); mismatch != nil {
		t.Fatal(mismatch)
	}
	if got != (user{7, "x"}) {
		t.Errorf("%+v", got)
	}
}

func TestDecodeResultUnchecked(t *testing.T) {
	schemas := testSchemas(`"User"`)
	var got user
	if mismatch := schemas.DecodeResult("m", []byte(`{"id":"7","name":null}`), &got, false); mismatch != nil || got.ID != 7 {
		t.Error(mismatch, got)
	}
	mismatch := schemas.DecodeResult("m", []byte(`{"id":[]}`), &got, false)
	if mismatch == nil || !strings.Contains(string(mismatch.Details()), `"path":[]`) {
		t.Error(mismatch)
	}
}

func TestNewerFieldThatDiffersByCaseIsNoFieldOfOurs(t *testing.T) {
	var got []user
	data := []byte(`[{"id":"9007199254740993","ID":7,"name":"<x>","Name":null,"newer":1.50}]`)
	if mismatch := testSchemas(`{"array":"User"}`).DecodeResult("m", data, &got, true); mismatch != nil {
		t.Fatal(mismatch)
	}
	if len(got) != 1 || got[0] != (user{9007199254740993, "<x>"}) {
		t.Errorf("%+v", got)
	}
	type lower struct{ R, S float64 }
	union := AnyOfValue(map[string]any{"kind": "", "s": 2, "S": 3, "R": 4})
	if value, err := As[lower](union, testSchemas(`"Either"`), "Either", 1); err != nil || value.S != 2 {
		t.Error(value, err)
	}
}

func TestDecodeDetails(t *testing.T) {
	schemas := NewSchemas([]byte(`{
		"methods": {"m": {"errors": ["Gone","Locked"]}, "other": {}},
		"errors": {"Gone": {"details":"User"}, "Locked": {}},
		"models": ` + testModels + `}`))
	for _, c := range []struct {
		method, name, details string
		want                  bool
	}{
		{"m", "Gone", `{"id":"7","name":"x"}`, true},
		{"m", "Gone", `{"id":7,"name":"x"}`, false},
		{"m", "Gone", `null`, false},
		{"m", "Gone", ``, false},
		{"m", "Locked", ``, true},
		{"m", "Locked", `{"any":"thing"}`, true},
		{"other", "Gone", `{"id":"7","name":"x"}`, false},
		{"unknown", "Locked", ``, false},
	} {
		var details user
		if got := schemas.DecodeDetails(c.method, c.name, []byte(c.details), &details); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
		if c.want && c.name == "Gone" && details.ID != 7 {
			t.Errorf("%+v: %+v", c, details)
		}
	}
}

func TestAs(t *testing.T) {
	type circle struct{ R float64 }
	type square struct{ S float64 }
	schemas := testSchemas(`"Either"`)
	for _, union := range []AnyOf{
		AnyOfValue(map[string]any{"kind": "", "s": 2}),
		decoded[AnyOf](t, `{"kind":"","s":2}`),
	} {
		if got, err := As[square](union, schemas, "Either", 1); err != nil || got.S != 2 {
			t.Error(got, err)
		}
		var mismatch *Mismatch
		if _, err := As[circle](union, schemas, "Either", 0); !errors.As(err, &mismatch) || mismatch.Error() != "r: is required" {
			t.Error(err)
		}
	}
	if _, err := As[circle](AnyOf{}, schemas, "Either", 0); err == nil {
		t.Error("an empty union was read")
	}
}

func TestSchemasThatAreBrokenPanic(t *testing.T) {
	defer func() {
		if text, _ := recover().(string); !strings.Contains(text, "schemas.json") {
			t.Error(text)
		}
	}()
	NewSchemas([]byte(`{"models":[]}`)).DecodeDetails("m", "E", nil, nil)
}
