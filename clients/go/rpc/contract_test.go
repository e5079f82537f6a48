package rpc

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"centrifugorpc/rpc/wire"
)

// contractOf is a client's contract with a method for each pair of name and method.
func contractOf(methods ...string) ClientContract {
	return ClientContract{Hash: "h1", Load: func() ([]ContractMethod, error) {
		var all []ContractMethod
		for i := 0; i < len(methods); i += 2 {
			all = append(all, ContractMethod{Name: methods[i], Hash: "h-" + methods[i], Method: json.RawMessage(methods[i+1])})
		}
		return all, nil
	}}
}

func helloWithContract(hash string) func(c *fakeConn, cmd command) {
	return func(c *fakeConn, cmd command) {
		c.reply(cmd.ID, "rpc", map[string]any{"data": map[string]any{
			"$rpc": 1, "versions": []int{1}, "epoch": "e", "max_message_bytes": 2500, "contract": hash,
		}})
	}
}

func TestContractCheckGivesTheVerdictsOfWhatDiffers(t *testing.T) {
	server := newFakeServer(t)
	server.hello = helloWithContract("h2")
	asked := make(chan string, 10)
	server.contract = func(c *fakeConn, cmd command) {
		var request struct {
			Methods map[string]json.RawMessage `json:"methods"`
		}
		_ = json.Unmarshal(cmd.RPC.Data, &request)
		methods, _ := wire.Marshal(request.Methods)
		asked <- string(methods)
		verdicts := `{"a":"unknown","b":"unknown","c":"removed","d":"unknown","huge":"unknown"}`
		if !strings.Contains(string(methods), "h-a") {
			verdicts = `{"a":"compatible","b":"unknown"}`
		}
		c.reply(cmd.ID, "rpc", json.RawMessage(`{"data":{"$rpc":1,"verdicts":`+verdicts+`}}`))
	}
	found := make(chan ContractMismatch, 1)
	client := newTestClient(server.url, WithContractMismatch(func(m ContractMismatch) { found <- m }))
	t.Cleanup(client.Disconnect)
	client.WatchContract(contractOf(
		"a", `{"params":{}}`, "b", `{"result":{}}`, "c", `{}`, "d", `{}`, "huge", `{"description":"`+strings.Repeat("x", 2000)+`"}`,
	))
	if err := client.Connect(testContext(t)); err != nil {
		t.Fatal(err)
	}
	want := map[string]ContractVerdict{"a": ContractCompatible, "b": ContractChanged, "c": ContractRemoved, "huge": ContractChanged}
	if got := receive(t, found); got.ServerHash != "h2" || !maps.Equal(got.Methods, want) {
		t.Errorf("got %+v, want %v", got, want)
	}
	wantSameJSON(t, []byte(receive(t, asked)), []byte(`{"a":"h-a","b":"h-b","c":"h-c","d":"h-d","huge":"h-huge"}`))
	wantSameJSON(t, []byte(receive(t, asked)), []byte(`{"a":{"params":{}},"b":{"result":{}},"d":{}}`))
}

func TestContractCheckAsksNothingOfTheSameContract(t *testing.T) {
	for _, hash := range []string{"h1", ""} {
		server := newFakeServer(t)
		server.hello = helloWithContract(hash)
		server.contract = func(*fakeConn, command) { t.Error("asked") }
		client := newTestClient(server.url)
		t.Cleanup(client.Disconnect)
		client.WatchContract(contractOf("a", "{}"))
		if err := client.Connect(testContext(t)); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Call(testContext(t), "any", nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCallCarriesItsTrace(t *testing.T) {
	server := newFakeServer(t)
	calls := make(chan receivedCall, 1)
	server.call = func(c *fakeConn, call receivedCall) {
		calls <- call
		c.result(call, nil)
	}
	trace := TraceContext{Traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
	client := connectedClient(t, server, WithTraceContext(func(context.Context) TraceContext { return trace }))
	if _, err := client.Call(testContext(t), "any", nil); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, calls).TraceContext; got != trace {
		t.Errorf("sent %+v", got)
	}
}
