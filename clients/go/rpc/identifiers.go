package rpc

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
	"time"
)

var (
	userIDPattern        = regexp.MustCompile(`^[!-~]{1,200}$`)
	correlationIDPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)
)

// isUserID reports whether a text can be a user ID: 1 to 200 printable ASCII characters without
// "#", "," and ":", which have a meaning in Centrifugo's channel names.
func isUserID(id string) bool {
	return userIDPattern.MatchString(id) && !strings.ContainsAny(id, "#,:")
}

// userChannel is the channel that only this user may subscribe to.
func userChannel(userID string) string {
	return "user#" + userID
}

// newUUIDv7 returns a new UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits.
func newUUIDv7(now time.Time) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], uint64(now.UnixMilli())<<16)
	_, _ = rand.Read(id[6:]) // never fails: crypto/rand ends the program instead
	id[6] = 0x70 | id[6]&0x0f
	id[8] = 0x80 | id[8]&0x3f
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[0:4], id[4:6], id[6:8], id[8:10], id[10:16])
}
