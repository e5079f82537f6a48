// Package rpc calls the methods of a centrifugo-rpc server over one WebSocket connection to
// Centrifugo. Generated clients wrap it with one typed method for each method of the server:
//
//	client := rpc.New("ws://localhost:8000/connection/websocket", token, "42")
//	if err := client.Connect(ctx); err != nil {
//		return err
//	}
//	defer client.Disconnect()
//	result, err := client.Call(ctx, "tasks.get_stats", map[string]string{"user_id": "42"})
//
// What travels is described in docs/protocol.md of centrifugo-rpc; this package speaks version 1.
package rpc
