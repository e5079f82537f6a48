package rpc

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
)

const news = "events:news"

// inbox is a callback that a test can look into.
type inbox struct {
	messages chan Message
	errors   chan error
}

func newInbox() *inbox {
	return &inbox{messages: make(chan Message, 100), errors: make(chan error, 100)}
}

func (i *inbox) receive(_ context.Context, message Message) error {
	i.messages <- message
	return nil
}

func (i *inbox) onError() SubscribeOption {
	return WithErrorHandler(func(err error) { i.errors <- err })
}

func subscribeTo(t *testing.T, client *Client, channel string, callback func(context.Context, Message) error, opts ...SubscribeOption) *Subscription {
	t.Helper()
	subscription, err := client.Subscribe(testContext(t), channel, callback, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return subscription
}

func TestSubscriptionReceivesDataAndTags(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	box := newInbox()
	subscribeTo(t, client, news, box.receive)
	receive(t, server.conns).publishTo(news, map[string]int{"n": 1}, 0, "kind", "news")
	got := receive(t, box.messages)
	if got.Channel != news || string(got.Data) != `{"n":1}` || got.ID != "" || got.Tags["kind"] != "news" {
		t.Errorf("got %+v", got)
	}
}

func TestSubscriptionHandsOverOneAfterTheOther(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	log := make(chan string, 10)
	subscribeTo(t, client, news, func(ctx context.Context, message Message) error {
		log <- "begin " + string(message.Data)
		if _, err := client.Call(ctx, "any", nil); err != nil { // a callback may call
			return err
		}
		log <- "end " + string(message.Data)
		return nil
	})
	conn := receive(t, server.conns)
	conn.publishTo(news, 1, 0)
	conn.publishTo(news, 2, 0)
	var got []string
	for range 4 {
		got = append(got, receive(t, log))
	}
	if want := []string{"begin 1", "end 1", "begin 2", "end 2"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSubscriptionsOfAChannelEndAlone(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	first, second, third := newInbox(), newInbox(), newInbox()
	one := subscribeTo(t, client, news, first.receive)
	two := subscribeTo(t, client, news, second.receive)
	one.Unsubscribe()
	one.Unsubscribe()
	conn := receive(t, server.conns)
	conn.publishTo(news, 1, 0)
	receive(t, second.messages)
	if len(first.messages) > 0 {
		t.Error("a callback was called after Unsubscribe")
	}
	two.Unsubscribe()
	subscribeTo(t, client, news, third.receive)
	conn.publishTo(news, 2, 0)
	receive(t, third.messages)
}

func TestSubscriptionOfTheUsersChannelSeesEverythingButReplies(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	box := newInbox()
	subscribeTo(t, client, "user#42", box.receive)
	conn := receive(t, server.conns)
	conn.publish(map[string]any{"$rpc": 1, "correlation_id": "c", "result": 1})
	conn.publish("news")
	if got := receive(t, box.messages); string(got.Data) != `"news"` {
		t.Errorf("got %s", got.Data)
	}
}

func TestSubscriptionIsRefused(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	server.change(func(b *behaviour) {
		b.subscribe = func(c *fakeConn, cmd command) { c.fail(cmd.ID, 103, "permission denied") }
	})
	_, err := client.Subscribe(testContext(t), news, newInbox().receive)
	wantText(t, wantCode(t, err, CodePermissionDenied), "cannot subscribe to events:news")
}

func TestSubscriptionNeedsAConnection(t *testing.T) {
	_, err := New("ws://localhost:1/", "token", "42").Subscribe(testContext(t), news, newInbox().receive)
	wantCode(t, err, CodeUnavailable)
}

func TestSubscriptionThatTheServerEndsSaysSo(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	box := newInbox()
	subscribeTo(t, client, news, box.receive, box.onError())
	receive(t, server.conns).write(map[string]any{"push": map[string]any{
		"channel": news, "unsubscribe": map[string]any{"code": 2000, "reason": "unsubscribed"},
	}})
	wantCode(t, receive(t, box.errors), CodePermissionDenied)
}

func TestSubscriptionEndsWithTheConnection(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	box := newInbox()
	subscribeTo(t, client, news, box.receive, box.onError())
	receive(t, server.conns).close(3500, "invalid token")
	wantCode(t, receive(t, box.errors), CodeUnauthenticated)
}

func TestSubscriptionGoesOnAfterAReconnect(t *testing.T) {
	server := newFakeServer(t)
	subscribes := make(chan command, 10)
	server.subscribe = func(c *fakeConn, cmd command) {
		c.reply(cmd.ID, "subscribe", json.RawMessage(`{"recoverable":true,"positioned":true,"epoch":"e","offset":4}`))
		if cmd.Subscribe.Channel == news {
			subscribes <- cmd
		}
	}
	client := connectedClient(t, server)
	box := newInbox()
	subscribeTo(t, client, news, box.receive)
	if first := receive(t, subscribes).Subscribe; first.Recover {
		t.Errorf("the first subscription recovers: %+v", first)
	}
	conn := receive(t, server.conns)
	conn.publishTo(news, 5, 5)
	receive(t, box.messages)
	conn.drop()
	again := receive(t, subscribes).Subscribe
	if !again.Recover || again.Offset != 5 || again.Epoch != "e" {
		t.Errorf("the second subscription does not go on from 5 of e: %+v", again)
	}
	receive(t, server.conns).publishTo(news, 6, 6)
	receive(t, box.messages)
}

func TestSubscriptionContinuesWhenTheHistoryIsGone(t *testing.T) {
	server := newFakeServer(t)
	accepted := make(chan *fakeConn, 10)
	server.subscribe = func(c *fakeConn, cmd command) {
		if cmd.Subscribe.Recover {
			c.reply(cmd.ID, "subscribe", json.RawMessage(`{"recoverable":true,"positioned":true,"epoch":"e2","offset":4,"was_recovering":true}`))
		} else {
			c.reply(cmd.ID, "subscribe", json.RawMessage(`{"recoverable":true,"positioned":true,"epoch":"e","offset":4}`))
		}
		if cmd.Subscribe.Channel == news {
			accepted <- c
		}
	}
	client := connectedClient(t, server)
	box := newInbox()
	subscribeTo(t, client, news, box.receive, box.onError())
	receive(t, accepted).drop()
	receive(t, accepted) // the attempt to recover
	receive(t, accepted).publishTo(news, "again", 0)
	if got := receive(t, box.messages); string(got.Data) != `"again"` {
		t.Errorf("got %s", got.Data)
	}
}

func TestDisconnectEndsCallbacks(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	ended := make(chan struct{})
	box := newInbox()
	subscribeTo(t, client, news, func(ctx context.Context, message Message) error {
		_ = box.receive(ctx, message)
		<-ctx.Done()
		close(ended)
		return nil
	})
	receive(t, server.conns).publishTo(news, 1, 0)
	receive(t, box.messages)
	client.Disconnect()
	receive(t, ended)
	wantNothingRunning(t)
}

// endSubscription makes the server end the subscription to the news.
func endSubscription(conn *fakeConn) {
	conn.write(map[string]any{"push": map[string]any{
		"channel": news, "unsubscribe": map[string]any{"code": 2000, "reason": "unsubscribed"},
	}})
}

func TestUnsubscribingFromTheUsersChannelKeepsTheReplies(t *testing.T) {
	server := newFakeServer(t)
	server.call = func(c *fakeConn, call receivedCall) { c.pending(call); c.publishResult(call, 1) }
	client := connectedClient(t, server)
	box := newInbox()
	for range 2 {
		subscription := subscribeTo(t, client, "user#42", box.receive)
		conn := client.connection.state().session
		subscription.Unsubscribe()
		if _, err := client.Call(testContext(t), "deferred", nil); err != nil {
			t.Fatal(err)
		}
		if client.connection.state().session != conn {
			t.Error("the client has reconnected")
		}
	}
}

func TestSubscribeAgainAfterARefusal(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	server.change(func(b *behaviour) {
		b.subscribe = func(c *fakeConn, cmd command) { c.fail(cmd.ID, 103, "permission denied") }
	})
	for range 2 {
		_, err := client.Subscribe(testContext(t), news, newInbox().receive)
		wantCode(t, err, CodePermissionDenied)
	}
	server.change(func(b *behaviour) { b.subscribe = working.subscribe })
	box := newInbox()
	subscribeTo(t, client, news, box.receive)
	receive(t, server.conns).publishTo(news, 1, 0)
	receive(t, box.messages)
}

func TestSubscribeAgainAfterTheServerEndedTheSubscription(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	conn := receive(t, server.conns)
	box := newInbox()
	for range 2 {
		subscribeTo(t, client, news, box.receive, box.onError())
		conn.publishTo(news, 1, 0)
		receive(t, box.messages)
		endSubscription(conn)
		wantCode(t, receive(t, box.errors), CodePermissionDenied)
	}
}

func TestSubscriptionIsTakenUpAgainWhenTheServerAsksForIt(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	again := make(chan bool, 2)
	server.change(func(b *behaviour) {
		b.subscribe = func(c *fakeConn, cmd command) {
			working.subscribe(c, cmd)
			again <- cmd.Subscribe.Recover
		}
	})
	subscribeTo(t, client, news, newInbox().receive)
	receive(t, again)
	receive(t, server.conns).write(map[string]any{"push": map[string]any{
		"channel": news, "unsubscribe": map[string]any{"code": 2500, "reason": "insufficient state"},
	}})
	if !receive(t, again) {
		t.Error("the second subscription does not recover")
	}
}

func TestDisconnectEndsSubscribe(t *testing.T) {
	server := newFakeServer(t)
	client := connectedClient(t, server)
	asked := make(chan struct{}, 1)
	server.change(func(b *behaviour) { b.subscribe = func(*fakeConn, command) { asked <- struct{}{} } })
	failed := make(chan error, 1)
	go func() {
		_, err := client.Subscribe(testContext(t), news, newInbox().receive)
		failed <- err
	}()
	receive(t, asked)
	client.Disconnect()
	wantCode(t, receive(t, failed), CodeCancelled)
	wantNothingRunning(t)
}

func TestSubscribeFailsIfDisconnectComesInBetween(t *testing.T) {
	client := connectedClient(t, newFakeServer(t))
	s := newSubscription(news, newInbox().receive, nil)
	s.opened = client.connection.listen(news, s)
	receive(t, s.opened.settled)
	client.Disconnect()
	wantCode(t, s.begin(testContext(t)), CodeCancelled)
}

func TestSubscribeWhileDisconnecting(t *testing.T) {
	client := connectedClient(t, newFakeServer(t))
	for range 20 {
		ended := make(chan struct{}, 10)
		for range cap(ended) {
			go func() {
				if subscription, err := client.Subscribe(testContext(t), news, newInbox().receive); err == nil {
					<-subscription.ctx.Done()
				}
				ended <- struct{}{}
			}()
		}
		client.Disconnect()
		for range cap(ended) {
			receive(t, ended)
		}
		if err := client.Connect(testContext(t)); err != nil {
			t.Fatal(err)
		}
	}
}
