// Package centrifugo is one connection to Centrifugo: its JSON client protocol
// (https://centrifugal.dev/docs/transports/client_protocol) over a WebSocket, as far as the base
// client uses it.
//
// The clients in other languages use Centrifugo's official SDKs. This one does not use
// github.com/centrifugal/centrifuge-go, because this client's guarantees cannot be built on v0.12.1:
//
//   - RPC does not report whether its command was sent. Without that, a call that was not sent cannot
//     be told from one that may have run, and cannot be sent again safely.
//   - Sending races with the end of the connection: an RPC whose command could not be written may
//     never return, and it waits for its reply for the SDK's ReadTimeout whatever its context says.
//   - Event handlers run on one goroutine that the SDK itself waits for, so that an application's
//     callback that disconnects or subscribes blocks for ever.
//   - A subscription that was refused stays registered, and keeps its channel from being subscribed
//     to again.
package centrifugo
