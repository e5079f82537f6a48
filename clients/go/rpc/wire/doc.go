// Package wire has what the models of generated clients are made of: types for what JSON or
// encoding/json has no type for, the encoding of shapes that struct tags cannot describe, and the
// check of results. The package of a generated client gives the types names of its own; the functions
// are for generated code.
package wire
