package wire

import (
	"math"
	"testing"
)

func TestPlainIntegers(t *testing.T) {
	for from, want := range map[string]string{
		`1.0`:                     `1`,
		`-0.0`:                    `-0`,
		`0e99`:                    `0`,
		`1e3`:                     `1000`,
		`1E+3`:                    `1000`,
		`-12.50e1`:                `-125`,
		`1200e-2`:                 `12`,
		`100.00`:                  `100`,
		`9.223372036854775807e18`: `9223372036854775807`,
		`1e18`:                    `1000000000000000000`,
		`1e19`:                    `1e19`,
		`1e400`:                   `1e400`,
		`1e99999999999999999999`:  `1e99999999999999999999`,
		`0.5`:                     `0.5`,
		`5e-1`:                    `5e-1`,
		`12`:                      `12`,
		`{"a":1.0,"1.0":"1.0 \" 1e3","b":[2e0,0.1]}`: `{"a":1,"1.0":"1.0 \" 1e3","b":[2,0.1]}`,
		`"1.0`: `"1.0`,
		``:     ``,
		`1e`:   `1e`,
		`-`:    `-`,
	} {
		if got := string(plainIntegers([]byte(from))); got != want {
			t.Errorf("%s became %s, want %s", from, got, want)
		}
	}
}

func TestUnmarshalTakesWholeNumbersForIntegers(t *testing.T) {
	var value struct {
		Integer int64
		Number  float64
	}
	if err := Unmarshal([]byte(`{"Integer":1e3,"Number":2.0}`), &value); err != nil {
		t.Fatal(err)
	}
	if value.Integer != 1000 || value.Number != 2 {
		t.Errorf("%+v", value)
	}
	for _, data := range []string{`{"Integer":1.5}`, `{"Integer":1e19}`, `{"Number":1e400}`, `{`} {
		if err := Unmarshal([]byte(data), &value); err == nil {
			t.Errorf("%s was decoded", data)
		}
	}
}

func TestMarshal(t *testing.T) {
	wantJSON(t, map[string]string{"a": "<&>\u2028"}, `{"a":"<&>\u2028"}`)
	if _, err := Marshal(math.NaN()); err == nil {
		t.Error("NaN was encoded")
	}
}
