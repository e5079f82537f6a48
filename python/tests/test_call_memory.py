"""What a service remembers of its calls, and for how long."""

from __future__ import annotations

import time

import pytest

from centrifugo_rpc.service.call_memory import CallClaim, CallMemory, KeptReply


def claim(key: str, seconds: float = 60) -> CallClaim:
    return CallClaim(
        key=key, fingerprint="f", epoch="", may_run=True, idempotent=False, seconds=seconds
    )


def run(memory: CallMemory, key: str, size: int = 10, seconds: float = 60) -> None:
    memory.begin(claim(key, seconds))
    memory.end(claim(key, seconds), b"x" * size, kept=True)


def reply(memory: CallMemory, key: str) -> bytes | None:
    known, begun = memory.begin(claim(key))
    assert not begun
    assert isinstance(known, KeptReply)
    return known.body


def test_the_oldest_replies_are_dropped_when_they_are_too_large() -> None:
    memory = CallMemory(max_bytes=25)
    epoch = memory.epoch
    for key in "abc":
        run(memory, key)
    assert reply(memory, "a") is None
    assert reply(memory, "b") == reply(memory, "c") == b"x" * 10
    assert memory.epoch == epoch


def test_when_calls_are_forgotten_the_epoch_changes() -> None:
    memory = CallMemory(max_calls=10)
    epoch = memory.epoch
    for key in "abcdefghij":
        run(memory, key)
    assert memory.epoch == epoch
    run(memory, "k")
    assert memory.epoch != epoch
    assert [memory.knows(key) for key in "abck"] == [False, False, True, True]


def test_calls_are_forgotten_after_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    memory = CallMemory()
    epoch = memory.epoch
    run(memory, "short", seconds=20)
    run(memory, "long", seconds=100)
    now += 50
    run(memory, "now")
    assert not memory.knows("short")
    assert memory.knows("long")
    assert memory.epoch == epoch
    now += 1000
    run(memory, "later")
    assert not memory.knows("now")
