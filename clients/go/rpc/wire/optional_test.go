package wire

import "testing"

type noted struct {
	Note Optional[string]   `json:"note,omitzero"`
	Tags Optional[[]string] `json:"tags,omitzero"`
	Next Optional[noted]    `json:"next,omitzero"`
}

func TestOptionalHasThreeStates(t *testing.T) {
	for _, c := range []struct {
		note              Optional[string]
		value             string
		isValue, isNull   bool
		isAbsent          bool
		data, standsAlone string
	}{
		{Some("<x>"), "<x>", true, false, false, `{"note":"<x>"}`, `"<x>"`},
		{Null[string](), "", false, true, false, `{"note":null}`, `null`},
		{Optional[string]{}, "", false, false, true, `{}`, `null`},
	} {
		for _, note := range []Optional[string]{c.note, decoded[noted](t, c.data).Note} {
			value, ok := note.Get()
			if value != c.value || ok != c.isValue || note.IsNull() != c.isNull || note.IsZero() != c.isAbsent {
				t.Errorf("%s: %q, %v, null %v, absent %v", c.data, value, ok, note.IsNull(), note.IsZero())
			}
			wantJSON(t, noted{Note: note}, c.data)
			wantJSON(t, note, c.standsAlone)
		}
	}
}

func TestOptionalOfOtherTypes(t *testing.T) {
	const data = `{"tags":[],"next":{"next":null}}`
	wantJSON(t, decoded[noted](t, data), data)
	wantRefused[noted](t, `{"note":1}`, `{"tags":"a"}`)
}

func TestEachOptional(t *testing.T) {
	for _, c := range []struct {
		from Optional[[]string]
		want string
	}{
		{Some[[]string](nil), `{"tags":[]}`},
		{Null[[]string](), `{"tags":null}`},
		{Optional[[]string]{}, `{}`},
	} {
		wantJSON(t, noted{Tags: EachOptional(c.from, List)}, c.want)
	}
}
