package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Schemas are the types of an API's results and of the details of its errors, as JSON has them. They
// are read when they are needed first.
type Schemas struct {
	read func() apiSchemas
}

// NewSchemas takes the text of a generated client's schemas.json.
func NewSchemas(data []byte) *Schemas {
	return &Schemas{read: sync.OnceValue(func() apiSchemas { return parsed[apiSchemas](data) })}
}

// apiSchemas has methods and errors by their names on the wire and models by their names in the
// contract.
type apiSchemas struct {
	Methods map[string]struct {
		Result *schema
		Errors []string
	}
	Errors map[string]struct {
		Details *schema
	}
	Models map[string]*model
}

// model is the type of a model, which is read when it is needed: an API can have thousands.
type model struct {
	read func() *schema
}

func (m *model) UnmarshalJSON(data []byte) error {
	text := bytes.Clone(data)
	m.read = sync.OnceValue(func() *schema { return parsed[*schema](text) })
	return nil
}

// parsed reads what the generator has written.
func parsed[T any](data []byte) T {
	var value T
	if err := json.Unmarshal(data, &value); err != nil {
		panic(fmt.Sprintf("schemas.json is not as it was generated: %v", err))
	}
	return value
}

// schema is a type. It has a name or one of the groups of fields below; one without any is an object
// without known fields.
type schema struct {
	// name is that of a primitive, of a format or of a model. The latter begins with an upper-case
	// letter.
	name string

	node
}

type node struct {
	Array *schema // the type of the items

	Tuple []*schema // may be empty, but not nil
	Rest  *schema   // the type of what follows the items of a tuple or of other fields of an object

	Map  *schema // the type of the values
	Keys string  // the model that the keys are of, "" for any

	Nullable *schema

	Enum []any

	Required fields
	Optional fields

	Kinds map[string]*schema // by the JSON types of the values

	AnyOf []*schema

	Tag      string // the property whose value selects one of Variants
	Variants []variant
	Open     bool // whether Tag may have other values
}

func (s *schema) UnmarshalJSON(data []byte) error {
	if Kind(data) == '"' {
		return json.Unmarshal(data, &s.name)
	}
	return json.Unmarshal(data, &s.node)
}

// fields are properties in their order.
type fields struct {
	list   []schemaField
	names  map[string]bool
	folded map[string]bool // the names without their case
}

type schemaField struct {
	name   string
	schema *schema
}

func (f *fields) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if _, err := decoder.Token(); err != nil {
		return err
	}
	f.names, f.folded = map[string]bool{}, map[string]bool{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		field := schemaField{name: name.(string)}
		if err := decoder.Decode(&field.schema); err != nil {
			return err
		}
		f.list = append(f.list, field)
		f.names[field.name] = true
		f.folded[folded(field.name)] = true
	}
	return nil
}

// folded returns the same text for names that encoding/json does not tell apart.
func folded(name string) string {
	return strings.ToLower(strings.ToUpper(name))
}

// variant is a type of a tagged union, on the wire an array of the type and its tags.
type variant struct {
	schema *schema
	tags   []any
}

func (v *variant) UnmarshalJSON(data []byte) error {
	return UnmarshalTuple(data, &v.tags, &v.schema)
}

// DecodeResult decodes the result of a method. With checked, a result that is not of the method's
// type is a mismatch; without it, what is missing or null is zero.
func (s *Schemas) DecodeResult(method string, data []byte, into any, checked bool) *Mismatch {
	if checked {
		api := s.read()
		var mismatch *Mismatch
		if data, mismatch = api.check(api.Methods[method].Result, data); mismatch != nil {
			return mismatch
		}
	}
	return decode(data, into)
}

// DecodeDetails decodes the details of an error. It reports whether the method declares the error and
// the details are of the error's type. For an error without details, into is nil.
func (s *Schemas) DecodeDetails(method, name string, details []byte, into any) bool {
	api := s.read()
	if !slices.Contains(api.Methods[method].Errors, name) {
		return false
	}
	declared := api.Errors[name].Details
	if declared == nil {
		return true
	}
	details, mismatch := api.check(declared, details)
	return mismatch == nil && decode(details, into) == nil
}

// As returns the content of a model's union as one of its types, or a *[Mismatch] if it has another.
// index is the type's place in the model.
func As[T any](union AnyOf, schemas *Schemas, model string, index int) (value T, err error) {
	data, err := Marshal(union)
	if err != nil {
		return value, err
	}
	api := schemas.read()
	data, mismatch := api.check(api.Models[model].read().AnyOf[index], data)
	if mismatch != nil {
		return value, mismatch
	}
	if mismatch := decode(data, &value); mismatch != nil {
		return value, mismatch
	}
	return value, nil
}

func decode(data []byte, into any) *Mismatch {
	if err := Unmarshal(data, into); err != nil {
		return mismatchOf(err)
	}
	return nil
}
