// The Go client behind the drivers' language (see conformance/README.md).
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"centrifugorpc/rpc"
)

type command struct {
	ID        int             `json:"id"`
	Op        string          `json:"op"`
	URL       string          `json:"url"`
	Token     string          `json:"token"`
	UserID    string          `json:"user_id"`
	Client    int             `json:"client"`
	Tokens    *[]string       `json:"tokens"`
	Method    string          `json:"method"`
	Params    json.RawMessage `json:"params"`
	TimeoutMS int             `json:"timeout_ms"`
	Key       string          `json:"idempotency_key"`
	Call      int             `json:"call"`

	Contract     json.RawMessage `json:"contract"`
	Channel      string          `json:"channel"`
	Failures     int             `json:"failures"`
	Subscription int             `json:"subscription"`
}

type failure struct {
	Kind    string          `json:"kind"`
	Code    int             `json:"code,omitempty"`
	Message string          `json:"message"`
	Details json.RawMessage `json:"details,omitempty"`
}

type answer struct {
	ID     int             `json:"id"`
	OK     bool            `json:"ok,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *failure        `json:"error,omitempty"`
	Event  any             `json:"event,omitempty"`
}

type driver struct {
	mu      sync.Mutex
	clients map[int]*rpc.Client
	calls   map[int]context.CancelFunc
	ends    map[int]func() // of subscriptions
	out     *json.Encoder
}

func main() {
	d := &driver{
		clients: map[int]*rpc.Client{},
		calls:   map[int]context.CancelFunc{},
		ends:    map[int]func(){},
		out:     json.NewEncoder(os.Stdout),
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var cmd command
		if err := json.Unmarshal(lines.Bytes(), &cmd); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		ctx, cancel := d.begin(cmd)
		go d.work(ctx, cancel, cmd)
	}
}

// begin makes the context of a call before the next command is read, so that it can be cancelled.
func (d *driver) begin(cmd command) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	if cmd.TimeoutMS > 0 {
		ctx, cancel = context.WithTimeout(context.Background(), time.Duration(cmd.TimeoutMS)*time.Millisecond)
	}
	if cmd.Key != "" {
		ctx = rpc.WithIdempotencyKey(ctx, cmd.Key)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls[cmd.ID] = cancel
	return ctx, cancel
}

func (d *driver) work(ctx context.Context, cancel context.CancelFunc, cmd command) {
	defer cancel()
	result, err := d.do(ctx, cmd)
	reply := answer{ID: cmd.ID, OK: err == nil && result == nil, Result: result}
	if err != nil {
		reply.Error = describe(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.calls, cmd.ID)
	if err := d.out.Encode(reply); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func (d *driver) do(ctx context.Context, cmd command) ([]byte, error) {
	switch cmd.Op {
	case "connect":
		var opts []rpc.Option
		if cmd.Tokens != nil {
			opts = append(opts, rpc.WithGetToken(tokenGiver(*cmd.Tokens)))
		}
		opts = append(opts, rpc.WithContractMismatch(func(mismatch rpc.ContractMismatch) {
			event := map[string]any{"server_hash": mismatch.ServerHash, "methods": mismatch.Methods}
			d.emit(cmd.ID, map[string]any{"mismatch": event})
		}))
		client := rpc.New(cmd.URL, cmd.Token, cmd.UserID, opts...)
		if cmd.Contract != nil {
			var contract struct {
				Hash string `json:"hash"`
			}
			if err := json.Unmarshal(cmd.Contract, &contract); err != nil {
				return nil, err
			}
			client.WatchContract(rpc.EmbeddedContract(contract.Hash, cmd.Contract))
		}
		d.mu.Lock()
		d.clients[cmd.Client] = client
		d.mu.Unlock()
		return nil, client.Connect(ctx)
	case "call":
		return d.client(cmd).Call(ctx, cmd.Method, cmd.Params)
	case "cancel":
		d.mu.Lock()
		defer d.mu.Unlock()
		if cancel, running := d.calls[cmd.Call]; running {
			cancel()
		}
		return nil, nil
	case "subscribe":
		return nil, d.subscribe(ctx, cmd)
	case "unsubscribe":
		d.mu.Lock()
		end := d.ends[cmd.Subscription]
		d.mu.Unlock()
		end()
		return nil, nil
	case "disconnect":
		if client := d.client(cmd); client != nil {
			client.Disconnect()
		}
		return nil, nil
	default:
		return nil, fmt.Errorf("unknown op %q", cmd.Op)
	}
}

func (d *driver) emit(id int, event any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.out.Encode(answer{ID: id, Event: event}); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func (d *driver) subscribe(ctx context.Context, cmd command) error {
	failures := cmd.Failures
	subscription, err := d.client(cmd).Subscribe(ctx, cmd.Channel, func(_ context.Context, message rpc.Message) error {
		if failures > 0 {
			failures--
			return errors.New("the test asks for a failure")
		}
		event := map[string]any{"data": message.Data, "message_id": nil}
		if message.ID != "" {
			event["message_id"] = message.ID
		}
		d.emit(cmd.ID, event)
		return nil
	}, rpc.WithErrorHandler(func(err error) { d.emit(cmd.ID, map[string]any{"error": describe(err)}) }))
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ends[cmd.ID] = subscription.Unsubscribe
	return nil
}

// tokenGiver returns a function that returns one token after the other and then refuses.
func tokenGiver(tokens []string) func(context.Context) (string, error) {
	var mu sync.Mutex
	return func(context.Context) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if len(tokens) == 0 {
			return "", fmt.Errorf("no more tokens: %w", rpc.ErrUnauthorized)
		}
		token := tokens[0]
		tokens = tokens[1:]
		return token, nil
	}
}

func (d *driver) client(cmd command) *rpc.Client {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.clients[cmd.Client]
}

func describe(err error) *failure {
	var connection *rpc.ConnectionError
	if errors.As(err, &connection) {
		return &failure{Kind: "connection", Code: int(connection.Code), Message: err.Error()}
	}
	failed, isRPC := err.(*rpc.RPCError)
	if !isRPC {
		return &failure{Kind: "unexpected", Message: err.Error()}
	}
	kind := "rpc"
	if errors.Is(err, context.Canceled) {
		kind = "cancelled"
	}
	return &failure{Kind: kind, Code: failed.Code, Message: failed.Message, Details: failed.Details}
}
