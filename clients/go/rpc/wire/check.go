package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxIssues is how many issues are reported.
const maxIssues = 20

// check compares JSON with a type. It returns the JSON without keys that encoding/json would
// confuse with others because they differ only by case: a newer server may have fields of such names.
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

// checkOthers checks the keys that are not fields.
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
