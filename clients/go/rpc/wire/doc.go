// Package wire has the parts that the models of generated clients consist of: types that JSON or
// encoding/json lacks, the encoding of shapes that struct tags cannot describe, and the check of
// results. The package of a generated client has its own names for the types; the functions are for
// generated code.
package wire
