package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
)

// TestApplicationFunctionsMayUseTheClient makes a deferred call, subscribes and disconnects in each
// function that an application passes to the package.
func TestApplicationFunctionsMayUseTheClient(t *testing.T) {
	type start func(server *fakeServer, client *Client, use func())
	for name, test := range map[string]struct {
		option func(use func()) Option
		start  start
	}{
		"callback": {start: func(server *fakeServer, client *Client, use func()) {
			subscribeTo(t, client, news, func(context.Context, Message) error { use(); return nil })
			receive(t, server.conns).publishTo(news, 1, 0)
		}},
		"callback of the user's channel": {start: func(server *fakeServer, client *Client, use func()) {
			subscribeTo(t, client, "user#42", func(context.Context, Message) error { use(); return nil })
			receive(t, server.conns).publish("news")
		}},
		"error handler after the server has ended the subscription": {start: func(server *fakeServer, client *Client, use func()) {
			subscribeTo(t, client, news, newInbox().receive, WithErrorHandler(func(error) { use() }))
			endSubscription(receive(t, server.conns))
		}},
		"error handler after a failed callback": {start: func(server *fakeServer, client *Client, use func()) {
			failing := func(context.Context, Message) error { return errors.New("failed") }
			subscribeTo(t, client, news, failing, WithErrorHandler(func(error) { use() }))
			receive(t, server.conns).publishTo(news, 1, 0)
		}},
		"contract mismatch": {
			option: func(use func()) Option { return WithContractMismatch(func(ContractMismatch) { use() }) },
			start: func(server *fakeServer, client *Client, _ func()) {
				client.WatchContract(ClientContract{Hash: "old", Load: func() ([]ContractMethod, error) { return nil, nil }})
				lost := lostSession(client)
				receive(t, server.conns).drop()
				receive(t, lost)
			},
		},
		"token of a reconnect": {
			option: func(use func()) Option {
				return WithGetToken(func(context.Context) (string, error) { go use(); return "token", nil })
			},
			start: func(server *fakeServer, client *Client, _ func()) {
				expired := 1
				server.change(func(b *behaviour) {
					b.connect = func(c *fakeConn, cmd command) {
						if expired--; expired == 0 {
							c.fail(cmd.ID, 109, "token expired")
							return
						}
						working.connect(c, cmd)
					}
				})
				receive(t, server.conns).drop()
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := newFakeServer(t)
			server.hello = func(c *fakeConn, cmd command) {
				c.reply(cmd.ID, "rpc", json.RawMessage(`{"data":{"$rpc":1,"versions":[1],"epoch":"e","max_message_bytes":65536,"contract":"new"}}`))
			}
			server.call = func(c *fakeConn, call receivedCall) { c.pending(call); c.publishResult(call, 1) }
			var client *Client
			errs := make(chan error, 4)
			use := func() {
				_, err := client.Call(testContext(t), "deferred", nil)
				errs <- err
				subscription, err := client.Subscribe(testContext(t), "events:others", newInbox().receive)
				errs <- err
				if err == nil {
					subscription.Unsubscribe()
				}
				client.Disconnect()
				errs <- client.Connect(testContext(t))
				client.Disconnect()
				errs <- nil
			}
			var opts []Option
			if test.option != nil {
				opts = append(opts, test.option(use))
			}
			client = newTestClient(server.url, opts...)
			t.Cleanup(client.Disconnect)
			if err := client.Connect(testContext(t)); err != nil {
				t.Fatal(err)
			}
			test.start(server, client, use)
			for range cap(errs) {
				if err := receive(t, errs); err != nil {
					t.Error(err)
				}
			}
			wantNothingRunning(t)
		})
	}
}
