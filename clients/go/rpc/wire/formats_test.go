package wire

import (
	"strings"
	"testing"
	"time"
)

func TestIntegersOf64BitsAreTexts(t *testing.T) {
	type ids struct {
		Signed   []Int64
		Unsigned map[string]*Uint64
	}
	const data = `{"Signed":["-9223372036854775808","9223372036854775807"],"Unsigned":{"a":"18446744073709551615","b":null}}`
	wantJSON(t, decoded[ids](t, data), data)
	wantRefused[Int64](t, `1`, `""`, `"+1"`, `"1.0"`, `"9223372036854775808"`, `"x"`)
	wantRefused[Uint64](t, `1`, `"-1"`, `"+1"`, `"18446744073709551616"`)
}

func TestIntegerErrorSaysWhatIsWrong(t *testing.T) {
	err := new(Int64).UnmarshalText([]byte("9223372036854775808"))
	if err == nil || err.Error() != `"9223372036854775808" is not an int64: value out of range` {
		t.Error(err)
	}
}

func TestBase64URL(t *testing.T) {
	for data, bytes := range map[string]string{`"-_8"`: "\xfb\xff", `""`: ""} {
		value := decoded[Base64URL](t, data)
		if string(value) != bytes || value == nil {
			t.Errorf("%s: %q", data, value)
		}
		wantJSON(t, value, data)
	}
	if got := decoded[Base64URL](t, `"-_8="`); string(got) != "\xfb\xff" {
		t.Errorf("with padding: %q", got)
	}
	if decoded[Base64URL](t, `null`) != nil {
		t.Error("null is not nil")
	}
	wantJSON(t, Base64URL(nil), `null`)
	wantRefused[Base64URL](t, `"+/8="`, `1`, `"a"`)
}

func TestADateTimeKeepsItsTextWhileItIsTheSame(t *testing.T) {
	for _, data := range []string{`"2026-01-02t03:04:05z"`, `"2026-01-02T03:04:05.270Z"`, `"2026-01-02T03:04+00:00"`, `"2026-01-02T03:04:05.1234567890-02:00"`} {
		value := decoded[DateTime](t, data)
		wantJSON(t, value, data)
		value.Time = value.Add(0)
		wantJSON(t, value, data)
	}
	value := decoded[DateTime](t, `"2026-01-02T03:04:05.270Z"`)
	value.Time = value.Add(time.Second)
	wantJSON(t, value, `"2026-01-02T03:04:06.27Z"`)
	value = decoded[DateTime](t, `"2026-01-02T03:04:05.270Z"`)
	value.Time = value.In(time.FixedZone("", 3600))
	wantJSON(t, value, `"2026-01-02T04:04:05.27+01:00"`)
	wantJSON(t, DateTime{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}, `"2026-01-02T03:04:05Z"`)
	if !decoded[DateTime](t, `null`).IsZero() {
		t.Error("null is not zero")
	}
}

func TestJSONNull(t *testing.T) {
	wantJSON(t, []JSONNull{{}}, `[null]`)
	decoded[JSONNull](t, `null`)
	wantRefused[JSONNull](t, `0`, `"null"`, `{}`)
}

func TestFormats(t *testing.T) {
	for format, texts := range map[string]struct{ right, wrong string }{
		"int64":     {"0 -9223372036854775808", "1.0 x 9223372036854775808"},
		"uint64":    {"0 18446744073709551615", "-1 1e3"},
		"decimal":   {"0 -1.50 100000000000000000000.1", "1e3 .5 1. x"},
		"base64":    {"aGVsbG8= +/8=", "aGVsbG8 -_8= *"},
		"base64url": {"aGVsbG8 -_8", "+/8 *"},
		"date":      {"2026-02-28 0001-01-01", "2026-02-29 0000-01-01 2026-1-1 2026-01-01T00:00:00Z"},
		"date-time": {"2026-01-31T12:00:00Z 2026-01-31t12:00:00.1234567890123+02:00 2026-01-31T12:00z", "2026-01-31T12:00:60Z 2026-01-31T12:00:00+24:00 0000-01-01T00:00:00Z 2026-01-31T12:00:00,5Z 2026-01-31T12:00:00 2026-01-31 2026-01-31T25:00:00Z"},
		"time":      {"12:00 12:00:00.5+02:00 12:00:00Z", "23:59:60 24:00 12 1:00"},
		"duration":  {"PT1H P1Y2M3DT4H5M6.7S P2W", "-PT1S P PT P1H 1H P1DT"},
		"uuid":      {"01890a5d-ac96-774b-bcce-b302099a8057 01890A5D-AC96-774B-BCCE-B302099A8057", "01890a5dac96774bbcceb302099a8057 x"},
	} {
		for _, text := range strings.Fields(texts.right) {
			if !isFormat[format](text) {
				t.Errorf("%s is not accepted as %s", text, format)
			}
		}
		for _, text := range append(strings.Fields(texts.wrong), "\n") {
			if isFormat[format](text) {
				t.Errorf("%q is a %s", text, format)
			}
		}
	}
}
