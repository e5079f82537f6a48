package rpc

import (
	"time"

	"github.com/centrifugal/centrifuge-go"
)

// refreshPause is how long a session waits before it asks for a token again that it could not get.
// Centrifugo keeps a connection for 25 s after its token has expired.
const refreshPause = 5 * time.Second

// nextToken gives the SDK the token with which it refreshes the connection, now that the old one
// expires. It is also the SDK's turn then, until it has sent the token.
//
// Without a token the session ends. It does not return before that: the SDK (v0.12.1) would end the
// connection itself, and out of turn, or could wait for ever to tell of an error.
func (s *session) nextToken(tokens *tokenSource) (string, error) {
	for {
		token, err := tokens.next(s.ctx)
		if err == nil && s.turn.takeToSend(s.ctx) {
			s.refreshed.Store(true)
			s.transport.lendTurn()
			return token, nil
		}
		if isFinal(err) {
			s.end(err)
		}
		select {
		case <-time.After(refreshPause):
		case <-s.ctx.Done():
			<-s.closed
			return "", centrifuge.ErrUnauthorized
		}
	}
}

// endRefresh lets a refresh fail that may be under way: the SDK tells of that, which would wait for
// ever once it is closed.
func (s *session) endRefresh() {
	_ = s.sdk.Disconnect()
	time.Sleep(settleTime)
}
