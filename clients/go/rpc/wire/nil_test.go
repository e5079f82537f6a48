package wire

import "testing"

func TestNilBecomesEmpty(t *testing.T) {
	type names []string
	wantJSON(t, List[[]int64](nil), `[]`)
	wantJSON(t, List(names(nil)), `[]`)
	wantJSON(t, List([]byte(nil)), `""`)
	wantJSON(t, List(Base64URL(nil)), `""`)
	wantJSON(t, Map[map[string]int64](nil), `{}`)
	wantJSON(t, List([]string{"a"}), `["a"]`)
	wantJSON(t, Map(map[string]int64{"a": 1}), `{"a":1}`)
}

func TestEachChangesCopies(t *testing.T) {
	lists := [][]string{nil, {"a"}}
	wantJSON(t, EachItem(lists, List), `[[],["a"]]`)
	maps := map[string]map[string]int64{"x": nil}
	wantJSON(t, EachValue(maps, Map), `{"x":{}}`)
	if lists[0] != nil || maps["x"] != nil {
		t.Error("the original changed")
	}
	wantJSON(t, EachItem[[][]string](nil, List), `null`)
	wantJSON(t, EachValue[map[string][]string](nil, List), `null`)
}
