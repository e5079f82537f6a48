package rpc

import (
	"context"
	"encoding/json"

	"centrifugorpc/rpc/internal/centrifugo"
)

// transport is one connection to Centrifugo, which a session is made of. [centrifugo.Conn] is the
// real one, and describes the methods; tests can use another.
type transport interface {
	RPC(ctx context.Context, method string, data json.RawMessage) (json.RawMessage, error)
	Subscribe(ctx context.Context, channel string, from *centrifugo.Position, receive func(centrifugo.Publication)) (*centrifugo.Subscription, error)
	Refresh(ctx context.Context, token string) (centrifugo.Expiry, error)
	Watch(waiting func() bool)
	Context() context.Context
	Close(why error)
}

// opener opens a transport and returns when the token expires.
type opener func(ctx context.Context, url, token string) (transport, centrifugo.Expiry, error)

func openCentrifugo(ctx context.Context, url, token string) (transport, centrifugo.Expiry, error) {
	return centrifugo.Open(ctx, url, token)
}
