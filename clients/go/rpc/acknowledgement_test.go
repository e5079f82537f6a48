package rpc

import (
	"context"
	"errors"
	"strconv"
	"testing"
)

func TestAcknowledgementIsSentOnceWhenTheCallbackHasReturned(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	mayReturn := make(chan struct{})
	box := newInbox()
	subscribeTo(t, client, news, func(ctx context.Context, message Message) error {
		_ = box.receive(ctx, message)
		<-mayReturn
		return nil
	})
	conn := receive(t, server.conns)
	conn.publishTo(news, "x", 0, "rpc_ack", "1", "rpc_message_id", "m1")
	receive(t, box.messages)
	if len(server.acks) > 0 {
		t.Error("acknowledged before the callback has returned")
	}
	close(mayReturn)
	first := receive(t, server.acks)
	if first.Version != 1 || first.MessageID != "m1" || !correlationIDPattern.MatchString(first.SubscriberID) {
		t.Errorf("sent %+v", first)
	}
	conn.publishTo(news, "x", 0, "rpc_ack", "1", "rpc_message_id", "m1")
	conn.publishTo(news, "y", 0, "rpc_ack", "1", "rpc_message_id", "m2")
	second := receive(t, server.acks)
	if second.MessageID != "m2" || second.SubscriberID != first.SubscriberID {
		t.Errorf("sent %+v after %+v", second, first)
	}
	if got := receive(t, box.messages); string(got.Data) != `"y"` {
		t.Errorf("handed over %s again", got.Data)
	}
}

func TestAcknowledgementIsSentAgainAfterALoss(t *testing.T) {
	server := newFakeServer(t)
	server.ack = func(c *fakeConn, _ command) { c.drop() }
	client := connectedClient(t, server)
	subscribeTo(t, client, news, newInbox().receive)
	receive(t, server.conns).publishTo(news, "x", 0, "rpc_ack", "1", "rpc_message_id", "m1")
	first := receive(t, server.acks)
	server.change(func(b *behaviour) { b.ack = working.ack })
	if again := receive(t, server.acks); again != first {
		t.Errorf("sent %+v after %+v", again, first)
	}
}

func TestAcknowledgementIsSentUntilTheGatewayAnswers(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	subscribeTo(t, client, news, newInbox().receive)
	conn := receive(t, server.conns)
	for _, test := range []struct{ code, sent int }{{100, 3}, {111, 3}, {429, 3}, {503, 3}, {403, 1}} {
		failures := 2
		server.change(func(b *behaviour) {
			b.ack = func(c *fakeConn, cmd command) {
				if failures == 0 {
					working.ack(c, cmd)
					return
				}
				failures--
				c.fail(cmd.ID, test.code, "try again")
			}
		})
		id := "m" + strconv.Itoa(test.code)
		conn.publishTo(news, "x", 0, "rpc_ack", "1", "rpc_message_id", id)
		for range test.sent {
			if ack := receive(t, server.acks); ack.MessageID != id {
				t.Errorf("acknowledged %s, want %s", ack.MessageID, id)
			}
		}
	}
}

func TestFailedCallbackAcknowledgesNothing(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	box := newInbox()
	failures := make(chan error, 1)
	failures <- errors.New("first time")
	subscribeTo(t, client, news, func(context.Context, Message) error {
		select {
		case err := <-failures:
			return err
		default:
			return nil
		}
	}, box.onError())
	conn := receive(t, server.conns)
	conn.publishTo(news, "x", 0, "rpc_ack", "1", "rpc_message_id", "m1")
	wantText(t, receive(t, box.errors), "first time")
	if len(server.acks) > 0 {
		t.Error("a failed callback was acknowledged")
	}
	for acked := false; !acked; { // until the failure is forgotten
		conn.publishTo(news, "x", 0, "rpc_ack", "1", "rpc_message_id", "m1")
		select {
		case <-server.acks:
			acked = true
		default:
			if _, err := client.Call(testContext(t), "any", nil); err != nil {
				t.Fatal(err)
			}
		}
	}
}
