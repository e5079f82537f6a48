package wire

import "testing"

type pair struct {
	F0 string
	F1 *int64
}

func (p pair) MarshalJSON() ([]byte, error) { return MarshalTuple[any](nil, p.F0, p.F1) }

func (p *pair) UnmarshalJSON(data []byte) error { return UnmarshalTuple[any](data, nil, &p.F0, &p.F1) }

type line struct {
	F0   pair
	Rest []pair
}

func (l line) MarshalJSON() ([]byte, error) { return MarshalTuple(l.Rest, l.F0) }

func (l *line) UnmarshalJSON(data []byte) error { return UnmarshalTuple(data, &l.Rest, &l.F0) }

type empty struct{}

func (empty) MarshalJSON() ([]byte, error) { return MarshalTuple[any](nil) }

func (*empty) UnmarshalJSON(data []byte) error { return UnmarshalTuple[any](data, nil) }

func TestTuples(t *testing.T) {
	for _, data := range []string{`["<a>",1]`, `["",null]`} {
		wantJSON(t, decoded[pair](t, data), data)
	}
	for _, data := range []string{`[["a",1]]`, `[["a",1],["b",2],["c",null]]`} {
		wantJSON(t, decoded[line](t, data), data)
	}
	wantJSON(t, decoded[empty](t, `[]`), `[]`)
	wantRefused[pair](t, `["a"]`, `["a",1,2]`, `[1,1]`, `{}`, `null`)
	wantRefused[line](t, `[]`, `[["a",1],1]`)
	wantRefused[empty](t, `[1]`, `{}`)
}
