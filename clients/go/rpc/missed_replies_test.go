package rpc

import (
	"testing"
)

func TestMissedReplies(t *testing.T) {
	server, calls := hangingServer(t)
	client := connectedClient(t, server)
	conn := receive(t, server.conns)
	call := startCall(testContext(t), client, "pending")
	receive(t, calls)
	server.change(func(b *behaviour) {
		b.subscribe = func(c *fakeConn, cmd command) {
			c.reply(cmd.ID, "subscribe", map[string]any{"recoverable": true, "was_recovering": true})
		}
	})
	conn.push("unsubscribe", map[string]any{"code": 2500, "reason": "insufficient state"})
	wantText(t, wantCode(t, receive(t, call), CodeOutcomeUnknown), "replies on user#42 were missed")
}

func TestRecoveredReplies(t *testing.T) {
	server, calls := hangingServer(t)
	client := connectedClient(t, server)
	conn := receive(t, server.conns)
	failed := startCall(testContext(t), client, "pending")
	call := receive(t, calls)
	missed := map[string]any{"$rpc": 1, "correlation_id": call.CorrelationID, "result": 1}
	server.change(func(b *behaviour) {
		b.subscribe = func(c *fakeConn, cmd command) {
			c.reply(cmd.ID, "subscribe", map[string]any{
				"recoverable": true, "was_recovering": true, "recovered": true, "epoch": "x", "offset": 1,
				"publications": []any{map[string]any{"data": missed, "offset": 1}},
			})
		}
	})
	conn.push("unsubscribe", map[string]any{"code": 2500, "reason": "insufficient state"})
	if err := receive(t, failed); err != nil {
		t.Error(err)
	}
}

func TestRepliesOfAnotherHistoryAreFetched(t *testing.T) {
	server, calls := hangingServer(t)
	client := connectedClient(t, server)
	conn := receive(t, server.conns)
	failed := startCall(testContext(t), client, "pending")
	call := receive(t, calls)
	missed := map[string]any{"$rpc": 1, "correlation_id": call.CorrelationID, "result": 1}
	failures := 1
	server.change(func(b *behaviour) {
		b.subscribe = func(c *fakeConn, cmd command) {
			switch {
			case failures > 0: // as while Redis is away
				failures--
				c.write(map[string]any{"id": cmd.ID, "error": map[string]any{"code": 100, "message": "internal server error", "temporary": true}})
			case cmd.Subscribe.Epoch != "new":
				c.reply(cmd.ID, "subscribe", map[string]any{"recoverable": true, "was_recovering": true, "epoch": "new", "offset": 1})
			case cmd.Subscribe.Recover && cmd.Subscribe.Offset == 0:
				c.reply(cmd.ID, "subscribe", map[string]any{
					"recoverable": true, "was_recovering": true, "recovered": true, "epoch": "new",
					"publications": []any{map[string]any{"data": missed, "offset": 1}},
				})
			}
		}
	})
	conn.push("unsubscribe", map[string]any{"code": 2500, "reason": "insufficient state"})
	if err := receive(t, failed); err != nil {
		t.Error(err)
	}
}
