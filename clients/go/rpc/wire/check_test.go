package wire

import (
	"fmt"
	"strings"
	"testing"
)

const testModels = `{
	"User": {"required":{"id":"int64","name":"string"},"optional":{"tags":{"array":"string"},"boss":"User"}},
	"Color": {"enum":["red","green"]},
	"Level": {"enum":[1,2.5]},
	"Flag": {"enum":[true]},
	"Open": "string",
	"Bag": {"required":{"id":"string"},"rest":"integer"},
	"Empty": {},
	"Circle": {"required":{"kind":"string","r":"number"}},
	"Square": {"required":{"kind":"string","s":"number"}},
	"Shape": {"tag":"kind","variants":[["Circle","circle","disc"],["Square","square"]],"open":true},
	"Closed": {"tag":"v","variants":[["Empty",1],["Bag",2]]},
	"Mixed": {"kinds":{"string":"Color","array":{"array":"integer"},"object":"Shape"}},
	"Either": {"anyOf":["Circle","Square",{"array":"Either"}]},
	"Names": {"array":"string"}
}`

func testSchemas(result string) *Schemas {
	return NewSchemas([]byte(`{"methods":{"m":{"result":` + result + `}},"errors":{},"models":` + testModels + `}`))
}

// issuesOf returns the issues of a result as "path: message".
func issuesOf(result, data string) string {
	var value any
	mismatch := testSchemas(result).DecodeResult("m", []byte(data), &value, true)
	if mismatch == nil {
		return ""
	}
	texts := make([]string, len(mismatch.Issues))
	for i, issue := range mismatch.Issues {
		texts[i] = fmt.Sprintf("%v: %s", issue.Path, issue.Message)
	}
	return strings.Join(texts, "; ")
}

func TestCheck(t *testing.T) {
	for _, c := range []struct{ schema, data, issues string }{
		{`"string"`, `"x"`, ``},
		{`"string"`, `1`, `[]: expected string, received 1`},
		{`"string"`, `null`, `[]: expected string, received null`},
		{`"boolean"`, `false`, ``},
		{`"boolean"`, `0`, `[]: expected boolean, received 0`},
		{`"null"`, `null`, ``},
		{`"null"`, `{}`, `[]: expected null, received object`},
		{`"number"`, `1.5e3`, ``},
		{`"number"`, `1e400`, `[]: expected number, received 1e400`},
		{`"number"`, `"1"`, `[]: expected number, received string`},
		{`"integer"`, `9223372036854775807`, ``},
		{`"integer"`, `1.0`, ``},
		{`"integer"`, `-1e3`, ``},
		{`"integer"`, `1.5`, `[]: expected integer, received 1.5`},
		{`"integer"`, `1e19`, `[]: expected integer, received 1e19`},
		{`"integer"`, `true`, `[]: expected integer, received boolean`},
		{`"unknown"`, `[null]`, ``},
		{`"date-time"`, `"2026-01-31T12:00:00+02:00"`, ``},
		{`"date-time"`, `"2026-01-31"`, `[]: expected date-time`},
		{`"date-time"`, `7`, `[]: expected date-time, received 7`},
		{`{"nullable":"string"}`, `null`, ``},
		{`{"nullable":"string"}`, `[]`, `[]: expected string, received array`},
		{`{"array":"string"}`, `["a",null,1]`, `[1]: expected string, received null; [2]: expected string, received 1`},
		{`{"array":"string"}`, `null`, `[]: expected array, received null`},
		{`{"tuple":["string","integer"]}`, `["a",1]`, ``},
		{`{"tuple":["string","integer"]}`, `["a"]`, `[]: expected 2 items, received 1`},
		{`{"tuple":["string","integer"]}`, `["a",1,2]`, `[]: expected 2 items, received 3`},
		{`{"tuple":["string"],"rest":"integer"}`, `["a",1,"x"]`, `[2]: expected integer, received string`},
		{`{"tuple":[]}`, `[]`, ``},
		{`{"tuple":[]}`, `[1]`, `[]: expected 0 items, received 1`},
		{`{"map":"integer"}`, `{"a":1,"b":"x"}`, `[b]: expected integer, received string`},
		{`{"map":"integer"}`, `[]`, `[]: expected object, received array`},
		{`{"map":"integer","keys":"Color"}`, `{"red":1}`, ``},
		{`{"map":"integer","keys":"Color"}`, `{"blue":1}`, `[blue]: the key is unknown: expected one of "red", "green"`},
		{`{"map":"integer","keys":"Open"}`, `{"blue":1}`, ``},
		{`"Color"`, `"red"`, ``},
		{`"Color"`, `"blue"`, `[]: expected one of "red", "green"`},
		{`"Level"`, `1.0`, ``},
		{`"Level"`, `2`, `[]: expected one of 1, 2.5`},
		{`"Level"`, `"1"`, `[]: expected one of 1, 2.5`},
		{`"Flag"`, `false`, `[]: expected one of true`},
		{`"Flag"`, `1`, `[]: expected one of true`},
		{`"User"`, `{"id":"1","name":"x","newer":1,"boss":{"id":"2","name":""}}`, ``},
		{`"User"`, `{"id":1,"Name":"x","tags":null}`, `[id]: expected int64, received 1; [name]: is required; [tags]: expected array, received null`},
		{`"User"`, `{"id":"1","name":"x","boss":{"id":"x","name":"y"}}`, `[boss id]: expected int64`},
		{`"User"`, `null`, `[]: expected object, received null`},
		{`"Bag"`, `{"id":"x","a":1}`, ``},
		{`"Bag"`, `{"id":"x","a":"1"}`, `[a]: expected integer, received string`},
		{`"Empty"`, `{"a":1}`, ``},
		{`"Empty"`, `1`, `[]: expected object, received 1`},
		{`"Shape"`, `{"kind":"disc","r":1}`, ``},
		{`"Shape"`, `{"kind":"square","s":null}`, `[s]: expected number, received null`},
		{`"Shape"`, `{"kind":"oval"}`, ``},
		{`"Shape"`, `{"kind":1}`, `[kind]: expected one of "circle", "disc", "square"`},
		{`"Shape"`, `{}`, `[kind]: expected one of "circle", "disc", "square"`},
		{`"Shape"`, `"circle"`, `[]: expected object, received string`},
		{`"Closed"`, `{"v":1.0}`, ``},
		{`"Closed"`, `{"v":3}`, `[v]: expected one of 1, 2`},
		{`"Mixed"`, `"green"`, ``},
		{`"Mixed"`, `[1,"x"]`, `[1]: expected integer, received string`},
		{`"Mixed"`, `{"kind":"circle","r":"1"}`, `[r]: expected number, received string`},
		{`"Mixed"`, `true`, `[]: expected array or object or string, received boolean`},
		{`"Either"`, `[{"kind":"","s":1}]`, ``},
		{`"Either"`, `[{"kind":""}]`, `[]: matches no type of the union`},
		{`"Names"`, `["a"]`, ``},
		{`"string"`, ``, `[]: EOF`},
	} {
		if got := issuesOf(c.schema, c.data); got != c.issues {
			t.Errorf("%s of %s:\ngot  %s\nwant %s", c.data, c.schema, got, c.issues)
		}
	}
}

func TestIssuesHaveAnEnd(t *testing.T) {
	data := "[" + strings.Repeat("1,", 1000) + "1]"
	if got := strings.Count(issuesOf(`{"array":"string"}`, data), "expected string"); got != maxIssues {
		t.Errorf("%d issues", got)
	}
}

func TestTryingHasAnEnd(t *testing.T) {
	// Two types that are the same but for what is wrong at the bottom: 2^60 ways to try.
	const models = `{"A":{"required":{"in":"U","a":"string"}},"B":{"required":{"in":"U","b":"string"}},"U":{"anyOf":["A","B"]}}`
	schemas := NewSchemas([]byte(`{"methods":{"m":{"result":"U"}},"models":` + models + `}`))
	data := strings.Repeat(`{"a":"","b":"","in":`, 60) + "1" + strings.Repeat("}", 60)
	var value any
	schemas.DecodeResult("m", []byte(data), &value, true) // ends
}

func TestMismatchText(t *testing.T) {
	var value any
	mismatch := testSchemas(`{"array":"User"}`).DecodeResult("m", []byte(`[{"id":1}]`), &value, true)
	if text := mismatch.Error(); text != "0.id: expected int64, received 1 (and 1 more)" {
		t.Error(text)
	}
	const details = `{"issues":[{"path":[0,"id"],"message":"expected int64, received 1"},{"path":[0,"name"],"message":"is required"}]}`
	if got := string(mismatch.Details()); got != details {
		t.Error(got)
	}
	if text := testSchemas(`"string"`).DecodeResult("m", []byte(`1`), &value, true).Error(); text != "expected string, received 1" {
		t.Error(text)
	}
}
