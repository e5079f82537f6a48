package rpc

import "regexp"

var userIDPattern = regexp.MustCompile(`^[!-~]{1,200}$`)
var userIDForbidden = regexp.MustCompile(`[#,:]`)

// isUserID reports whether a text can be a user ID: 1 to 200 printable ASCII characters without
// "#", "," and ":", which have a meaning in Centrifugo's channel names.
func isUserID(id string) bool {
	return userIDPattern.MatchString(id) && !userIDForbidden.MatchString(id)
}

// userChannel is the channel that only this user may subscribe to.
func userChannel(userID string) string {
	return "user#" + userID
}
