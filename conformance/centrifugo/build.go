//go:build tools

// Package centrifugobuild names the Centrifugo that the tests run against. go.mod pins its version.
package centrifugobuild

import _ "github.com/centrifugal/centrifugo/v6"
