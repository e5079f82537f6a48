package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"

	"centrifugorpc/rpc/wire"
)

// ContractVerdict is what the server's contract means for a method of an older client.
type ContractVerdict string

// The verdicts. Methods without one are the same.
const (
	ContractCompatible ContractVerdict = "compatible" // Calls work as before.
	ContractChanged    ContractVerdict = "changed"    // Calls may fail, or mean something else.
	ContractRemoved    ContractVerdict = "removed"    // Calls fail.

	contractUnknown ContractVerdict = "unknown" // the gateway asks for the whole method
)

// ContractMismatch is how the server's contract differs from the client's.
type ContractMismatch struct {
	// ServerHash is the hash of the server's contract.
	ServerHash string
	// Methods are those that differ. All others are the same and work.
	Methods map[string]ContractVerdict
}

// ClientContract is the contract that a client was generated from.
type ClientContract struct {
	Hash string
	// Load returns the methods, each with its name and hash. It is called when the hashes differ.
	Load func() ([]ContractMethod, error)
}

// ContractMethod is one method of a contract.
type ContractMethod struct {
	Name string
	Hash string
	// Method is the method as the contract has it, without its name and hash.
	Method json.RawMessage
}

// EmbeddedContract reads the contract in the file contract.json of a generated client.
func EmbeddedContract(hash string, file []byte) ClientContract {
	return ClientContract{Hash: hash, Load: func() ([]ContractMethod, error) {
		var contract struct {
			Methods []map[string]json.RawMessage `json:"methods"`
		}
		if err := json.Unmarshal(file, &contract); err != nil {
			return nil, err
		}
		methods := make([]ContractMethod, len(contract.Methods))
		for i, fields := range contract.Methods {
			method := &methods[i]
			if err := errors.Join(json.Unmarshal(fields["name"], &method.Name), json.Unmarshal(fields["hash"], &method.Hash)); err != nil {
				return nil, err
			}
			delete(fields, "name")
			delete(fields, "hash")
			var err error
			if method.Method, err = wire.Marshal(fields); err != nil {
				return nil, err
			}
		}
		return methods, nil
	}}
}

// WithContractMismatch sets a function that is called when the server's contract differs from the one
// that this client was generated from, once for each such contract of the server. Without it, a
// mismatch is logged as a warning with [slog.Default].
func WithContractMismatch(handle func(ContractMismatch)) Option {
	return func(s *settings) { s.onMismatch = handle }
}

// WatchContract compares the contract of a generated client with the server's after each connect.
// Generated clients call it before Connect.
func (c *Client) WatchContract(contract ClientContract) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.contract = &contractWatch{contract: contract, serverHash: contract.Hash, onMismatch: c.settings.onMismatch}
}

// contractWatch compares a client's contract with the server's, which may change with each reconnect.
type contractWatch struct {
	contract   ClientContract
	onMismatch func(ContractMismatch)

	mu         sync.Mutex // held while comparing
	serverHash string     // at the last comparison
}

// compare compares with the server of a session.
func (w *contractWatch) compare(s *session) {
	if mismatch, ok := w.mismatch(s); ok {
		w.onMismatch(mismatch)
	}
}

func (w *contractWatch) mismatch(s *session) (mismatch ContractMismatch, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	hash := s.hello.Contract
	if hash == "" || hash == w.serverHash {
		return mismatch, false
	}
	if hash != w.contract.Hash {
		methods, err := w.verdicts(s)
		if err != nil {
			return mismatch, false // the next session compares again
		}
		mismatch = ContractMismatch{ServerHash: hash, Methods: methods}
	}
	w.serverHash = hash
	return mismatch, hash != w.contract.Hash
}

// frameRoom is the size in bytes that is left in a message for what is around the methods.
const frameRoom = 1000

// verdicts asks first with the hashes, then with the whole methods that the gateway does not know.
func (w *contractWatch) verdicts(s *session) (map[string]ContractVerdict, error) {
	methods, err := w.contract.Load()
	if err != nil {
		return nil, err
	}
	limit := s.hello.MaxMessageBytes - frameRoom
	hashes := map[string]json.RawMessage{}
	for _, method := range methods {
		hash, err := wire.Marshal(method.Hash)
		if err != nil {
			return nil, err
		}
		hashes[method.Name] = hash
	}
	found, err := s.askContract(hashes, limit)
	if err != nil {
		return nil, err
	}
	whole := map[string]json.RawMessage{}
	for _, method := range methods {
		if found[method.Name] == contractUnknown && len(method.Name)+len(method.Method) <= limit {
			whole[method.Name] = method.Method
			delete(found, method.Name)
		}
	}
	more, err := s.askContract(whole, limit)
	if err != nil {
		return nil, err
	}
	maps.Copy(found, more)
	for name, verdict := range found {
		if verdict != ContractCompatible && verdict != ContractRemoved {
			found[name] = ContractChanged // includes what cannot be sent or is still unknown
		}
	}
	return found, nil
}

// askContract asks for verdicts, in messages of at most limit bytes.
func (s *session) askContract(methods map[string]json.RawMessage, limit int) (map[string]ContractVerdict, error) {
	found := map[string]ContractVerdict{}
	batch, size := map[string]json.RawMessage{}, 0
	ask := func() error {
		data, err := encodeControl(map[string]any{"methods": batch})
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(s.Context(), connectTimeout)
		defer cancel()
		answer, err := s.RPC(ctx, contractMethod, data)
		if err != nil {
			return err
		}
		var reply struct {
			Verdicts map[string]ContractVerdict `json:"verdicts"`
		}
		if err := json.Unmarshal(answer, &reply); err != nil {
			return err
		}
		maps.Copy(found, reply.Verdicts)
		batch, size = map[string]json.RawMessage{}, 0
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(methods)) {
		bytes := len(name) + len(methods[name]) + len(`"":,`)
		if size > 0 && size+bytes > limit {
			if err := ask(); err != nil {
				return nil, err
			}
		}
		batch[name] = methods[name]
		size += bytes
	}
	if size == 0 {
		return found, nil
	}
	return found, ask()
}

func logMismatch(mismatch ContractMismatch) {
	var methods []string
	for _, name := range slices.Sorted(maps.Keys(mismatch.Methods)) {
		methods = append(methods, name+" "+string(mismatch.Methods[name]))
	}
	slog.Default().Warn("centrifugo-rpc: the server's contract differs from this client's", "methods", strings.Join(methods, ", "))
}
