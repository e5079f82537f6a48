package rpc

import (
	"context"
	"errors"
	"testing"
)

func TestRPCErrorText(t *testing.T) {
	for _, c := range []struct {
		err  *RPCError
		text string
	}{
		{&RPCError{Code: CodeDeadlineExceeded, Message: "too late"}, "[408 deadline_exceeded] too late"},
		{&RPCError{Code: 1001, Message: "quota"}, "[1001] quota"},
	} {
		if c.err.Error() != c.text {
			t.Errorf("got %q, want %q", c.err.Error(), c.text)
		}
	}
}

func TestRetryable(t *testing.T) {
	for code := range errorTable {
		want := code == CodeRateLimited || code == CodeUnavailable
		if (&RPCError{Code: code}).Retryable() != want {
			t.Errorf("code %d: retryable %v, want %v", code, !want, want)
		}
	}
	if (&RPCError{Code: 1000}).Retryable() {
		t.Error("an application's code is retryable")
	}
}

func TestErrorsUnwrap(t *testing.T) {
	if !errors.Is(&RPCError{Code: CodeCancelled, cause: context.Canceled}, context.Canceled) {
		t.Error("RPCError hides its cause")
	}
	if !errors.Is(&ConnectionError{cause: context.DeadlineExceeded}, context.DeadlineExceeded) {
		t.Error("ConnectionError hides its cause")
	}
	if (&RPCError{}).Unwrap() != nil || (&ConnectionError{}).Unwrap() != nil {
		t.Error("an error without a cause has one")
	}
}

func TestWithCause(t *testing.T) {
	plain := &RPCError{Code: 1001, Message: "no task"}
	cause := errors.New("typed")
	if err := plain.WithCause(cause); !errors.Is(err, cause) || err.Code != 1001 || err.Message != "no task" {
		t.Errorf("got %v", err)
	}
	if plain.Unwrap() != nil {
		t.Error("WithCause changed the error")
	}
}

func TestConnectionErrorText(t *testing.T) {
	if text := (&ConnectionError{Code: 3500, Reason: "invalid token"}).Error(); text != "connection failed: invalid token (code 3500)" {
		t.Error(text)
	}
	if text := (&ConnectionError{Reason: "no route"}).Error(); text != "connection failed: no route" {
		t.Error(text)
	}
}

func TestUnauthorized(t *testing.T) {
	for code, want := range map[int]bool{0: false, 101: true, 103: false, 109: true, 110: true, 3500: true, 3501: false} {
		if (&ConnectionError{Code: code}).Unauthorized() != want {
			t.Errorf("code %d: unauthorized %v, want %v", code, !want, want)
		}
	}
}
