"""Comparing the contract of a generated client with the server's: docs/protocol.md, section 10."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

from .envelope import CONTRACT_METHOD, PROTOCOL_VERSION, Hello
from .errors import guarded

ContractVerdict = Literal["compatible", "changed", "removed"]
"""What the server's contract means for a method: calls work as before, may fail, or always fail."""

ProtocolCall = Callable[[str, Any], Awaitable[Any]]

_logger = logging.getLogger("centrifugo_rpc")

# Room for the rest of the message around the methods.
_FRAME_BYTES = 1000


@dataclass(frozen=True)
class ClientContract:
    """The contract that a client was generated from."""

    hash: str
    load: Callable[[], list[dict[str, Any]]]
    """Returns the methods, each with ``name`` and ``hash``. Called when the hashes differ."""


def packaged_contract(contract_hash: str, package: str | None) -> ClientContract:
    """The contract in the file ``contract.json`` of a generated package."""

    def load() -> list[dict[str, Any]]:
        text = resources.files(package or "").joinpath("contract.json").read_text("utf-8")
        methods: list[dict[str, Any]] = json.loads(text)["methods"]
        return methods

    return ClientContract(contract_hash, load)


@dataclass(frozen=True)
class ContractMismatch:
    """How the server's contract differs from the client's."""

    server_hash: str
    methods: Mapping[str, ContractVerdict]
    """The methods that differ. All others are unchanged and work."""


OnMismatch = Callable[[ContractMismatch], None]


class ContractWatch:
    """Compares a client's contract with the server's, which may change with each reconnect."""

    def __init__(self, contract: ClientContract, on_mismatch: OnMismatch | None) -> None:
        self._contract = contract
        self._on_mismatch = on_mismatch or _report
        # Of the server's contract at the last comparison.
        self._server_hash = contract.hash

    async def compare(self, hello: Hello, send: ProtocolCall) -> None:
        """Compares with the server of a hello."""
        if hello.contract is None or hello.contract == self._server_hash:
            return
        self._server_hash = hello.contract
        if hello.contract == self._contract.hash:
            return
        try:
            methods = await _verdicts(self._contract, send, hello.max_message_bytes)
        except Exception as error:
            _logger.debug("the contract was not compared: %s", error)
            self._server_hash = self._contract.hash  # Next time again.
            return
        mismatch = ContractMismatch(hello.contract, methods)
        guarded("on_mismatch", self._on_mismatch, mismatch)


async def _verdicts(
    contract: ClientContract, send: ProtocolCall, max_bytes: int
) -> dict[str, ContractVerdict]:
    """Asks first with the hashes, then with the whole methods that the gateway does not know."""
    methods = {method["name"]: method for method in contract.load()}
    limit = max_bytes - _FRAME_BYTES
    verdicts = await _ask({name: method["hash"] for name, method in methods.items()}, send, limit)
    whole = {
        name: {key: value for key, value in methods[name].items() if key not in {"name", "hash"}}
        for name, verdict in verdicts.items()
        if verdict == "unknown" and name in methods
    }
    sendable = {name: method for name, method in whole.items() if _size(name, method) <= limit}
    for name in sendable:
        del verdicts[name]
    verdicts.update(await _ask(sendable, send, limit))
    # What cannot be sent, or is unknown even now, may have changed.
    return {
        name: verdict if verdict in {"compatible", "removed"} else "changed"
        for name, verdict in verdicts.items()
    }


async def _ask(entries: dict[str, Any], send: ProtocolCall, limit: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for batch in _batches(entries.items(), limit):
        reply = await send(CONTRACT_METHOD, {"$rpc": PROTOCOL_VERSION, "methods": batch})
        found.update(reply["verdicts"])
    return found


def _batches(entries: Iterable[tuple[str, Any]], limit: int) -> Iterator[dict[str, Any]]:
    batch: dict[str, Any] = {}
    total = 0
    for name, method in entries:
        size = _size(name, method)
        if batch and total + size > limit:
            yield batch
            batch, total = {}, 0
        batch[name] = method
        total += size
    if batch:
        yield batch


def _size(name: str, method: Any) -> int:
    return len(json.dumps({name: method}))


def _report(mismatch: ContractMismatch) -> None:
    _logger.warning(
        "the server's contract differs from this client's in: %s",
        ", ".join(f"{name} {verdict}" for name, verdict in sorted(mismatch.methods.items()))
        or "no method",
    )
