//go:build tools

// Package staticcheckbuild names the staticcheck that generated Go is checked with. go.mod pins its
// version.
package staticcheckbuild

import _ "honnef.co/go/tools/cmd/staticcheck"
