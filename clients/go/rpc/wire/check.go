package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Mismatch says where JSON is not of its type.
type Mismatch struct {
	Issues []Issue `json:"issues"` // one at least
}

// Issue is one place where JSON is not of its type. Path has the keys and indexes that lead there.
type Issue struct {
	Path    []any  `json:"path"`
	Message string `json:"message"`
}

// Error gives the first issue, and how many more there are.
func (m *Mismatch) Error() string {
	first := m.Issues[0]
	keys := make([]string, len(first.Path))
	for i, key := range first.Path {
		keys[i] = fmt.Sprint(key)
	}
	text := first.Message
	if len(keys) > 0 {
		text = strings.Join(keys, ".") + ": " + text
	}
	if more := len(m.Issues) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// Details is the mismatch as the details of an error have it.
func (m *Mismatch) Details() json.RawMessage {
	details, _ := Marshal(m) // texts and integers only
	return details
}

func mismatchOf(err error) *Mismatch {
	return &Mismatch{Issues: []Issue{{Path: []any{}, Message: err.Error()}}}
}

// maxIssues is how many issues are told.
const maxIssues = 20

// check compares JSON with a type. It gives the JSON back, without keys that encoding/json would take
// for others because they differ only by case: a newer server may have fields of such names.
func (api apiSchemas) check(s *schema, data []byte) ([]byte, *Mismatch) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, mismatchOf(err)
	}
	c := &checker{models: api.Models, steps: minSteps + stepsPerByte*len(data)}
	c.check(s, value)
	if len(c.issues) > 0 {
		return nil, &Mismatch{Issues: c.issues}
	}
	if !c.dropped {
		return data, nil
	}
	rest, err := Marshal(value)
	if err != nil {
		return nil, mismatchOf(err)
	}
	return rest, nil
}

// Unions whose types have to be tried, inside of such unions, can take a time that doubles with each
// level. What is not checked after these steps is taken as it is.
const (
	minSteps     = 10_000
	stepsPerByte = 100
)

type checker struct {
	models map[string]*model
	path   []any
	issues []Issue
	steps  int

	isTrial bool // of a type that the value need not be of
	dropped bool // whether the value has lost keys
}

func (c *checker) check(s *schema, value any) {
	c.steps--
	if c.steps < 0 || len(c.issues) == maxIssues {
		return
	}
	switch {
	case s.name != "":
		c.checkNamed(s.name, value)
	case s.Nullable != nil:
		if value != nil {
			c.check(s.Nullable, value)
		}
	case s.Array != nil:
		c.checkItems(nil, s.Array, value)
	case s.Tuple != nil:
		c.checkItems(s.Tuple, s.Rest, value)
	case s.Map != nil:
		c.checkMap(s, value)
	case s.Enum != nil:
		if !has(s.Enum, value) {
			c.fail(oneOf(s.Enum))
		}
	case s.Kinds != nil:
		c.checkKinds(s.Kinds, value)
	case s.AnyOf != nil:
		c.checkAnyOf(s.AnyOf, value)
	case s.Variants != nil:
		c.checkVariants(s, value)
	default:
		c.checkObject(s, value)
	}
}

func (c *checker) checkNamed(name string, value any) {
	switch name {
	case "unknown":
	case "null", "boolean", "string":
		if typeOf(value) != name {
			c.expected(name, value)
		}
	case "number", "integer":
		if number, ok := value.(json.Number); !ok || !isNumber[name](string(number)) {
			c.expected(name, value)
		}
	default:
		if model, ok := c.models[name]; ok {
			c.check(model.read(), value)
			return
		}
		text, ok := value.(string)
		if !ok {
			c.expected(name, value)
		} else if !isFormat[name](text) {
			c.fail("expected " + name)
		}
	}
}

// checkItems checks an array. Without rest nothing may follow the places.
func (c *checker) checkItems(places []*schema, rest *schema, value any) {
	items, ok := value.([]any)
	if !ok {
		c.expected("array", value)
		return
	}
	if len(items) < len(places) || len(items) > len(places) && rest == nil {
		c.fail(fmt.Sprintf("expected %d items, received %d", len(places), len(items)))
		return
	}
	for i, item := range items {
		place := rest
		if i < len(places) {
			place = places[i]
		}
		c.inside(i, func() { c.check(place, item) })
	}
}

func (c *checker) checkMap(s *schema, value any) {
	object, ok := c.object(value)
	if !ok {
		return
	}
	var keys []any
	if s.Keys != "" {
		keys = c.models[s.Keys].read().Enum // nil when the enum is open
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		c.inside(key, func() {
			if keys != nil && !has(keys, key) {
				c.fail("the key is unknown: " + oneOf(keys))
			} else {
				c.check(s.Map, object[key])
			}
		})
	}
}

func (c *checker) checkObject(s *schema, value any) {
	object, ok := c.object(value)
	if !ok {
		return
	}
	others := len(object)
	for _, field := range s.Required.list {
		fieldValue, ok := object[field.name]
		if !ok {
			c.inside(field.name, func() { c.fail("is required") })
			continue
		}
		others--
		c.inside(field.name, func() { c.check(field.schema, fieldValue) })
	}
	for _, field := range s.Optional.list {
		if fieldValue, ok := object[field.name]; ok {
			others--
			c.inside(field.name, func() { c.check(field.schema, fieldValue) })
		}
	}
	if others > 0 {
		c.checkOthers(s, object)
	}
}

// checkOthers looks at the keys that are no fields.
func (c *checker) checkOthers(s *schema, object map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		switch {
		case s.Required.names[key] || s.Optional.names[key]:
		case s.Rest != nil:
			c.inside(key, func() { c.check(s.Rest, object[key]) })
		case !c.isTrial && (s.Required.folded[folded(key)] || s.Optional.folded[folded(key)]):
			delete(object, key)
			c.dropped = true
		}
	}
}

func (c *checker) checkKinds(kinds map[string]*schema, value any) {
	if s, ok := kinds[typeOf(value)]; ok {
		c.check(s, value)
		return
	}
	c.expected(strings.Join(slices.Sorted(maps.Keys(kinds)), " or "), value)
}

func (c *checker) checkAnyOf(types []*schema, value any) {
	for _, s := range types {
		trial := &checker{models: c.models, steps: c.steps, isTrial: true}
		trial.check(s, value)
		c.steps = trial.steps
		if len(trial.issues) == 0 {
			return
		}
	}
	c.fail("matches no type of the union")
}

func (c *checker) checkVariants(s *schema, value any) {
	object, ok := c.object(value)
	if !ok {
		return
	}
	var tags []any
	for _, variant := range s.Variants {
		if tag, ok := object[s.Tag]; ok && has(variant.tags, tag) {
			c.check(variant.schema, value)
			return
		}
		tags = append(tags, variant.tags...)
	}
	if tag := object[s.Tag]; s.Open && tag != nil && typeOf(tag) == typeOf(tags[0]) {
		return
	}
	c.inside(s.Tag, func() { c.fail(oneOf(tags)) })
}

func (c *checker) object(value any) (map[string]any, bool) {
	object, ok := value.(map[string]any)
	if !ok {
		c.expected("object", value)
	}
	return object, ok
}

func (c *checker) inside(key any, check func()) {
	c.path = append(c.path, key)
	check()
	c.path = c.path[:len(c.path)-1]
}

func (c *checker) fail(message string) {
	if len(c.issues) < maxIssues {
		c.issues = append(c.issues, Issue{Path: append([]any{}, c.path...), Message: message})
	}
}

func (c *checker) expected(what string, value any) {
	received := typeOf(value)
	if number, ok := value.(json.Number); ok {
		received = string(number)
	}
	c.fail(fmt.Sprintf("expected %s, received %s", what, received))
}

// typeOf is the JSON type of a decoded value.
func typeOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	default:
		return "number"
	}
}

// has reports whether a value is one of a schema's.
func has(known []any, value any) bool {
	if number, ok := value.(json.Number); ok {
		float, err := number.Float64()
		return err == nil && slices.Contains(known, any(float))
	}
	return slices.ContainsFunc(known, func(one any) bool {
		return typeOf(one) == typeOf(value) && one == value
	})
}

func oneOf(known []any) string {
	texts := make([]string, len(known))
	for i, value := range known {
		text, _ := Marshal(value) // JSON has been decoded into it
		texts[i] = string(text)
	}
	return "expected one of " + strings.Join(texts, ", ")
}

var isNumber = map[string]func(number string) bool{
	"number": func(number string) bool {
		_, err := strconv.ParseFloat(number, 64)
		return err == nil
	},
	"integer": func(number string) bool {
		if plain, ok := plainInteger(number); ok {
			number = plain
		}
		_, err := strconv.ParseInt(number, 10, 64)
		return err == nil
	},
}
