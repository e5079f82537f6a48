"""The mismatches of results."""

from __future__ import annotations

from typing import Any, get_origin

import pytest
from pydantic import TypeAdapter, ValidationError

from centrifugo_rpc_client.errors import ErrorCode, RPCError
from centrifugo_rpc_client.typed_calls import decode


def issues(kind: Any, data: Any) -> Any:
    # In Python 3.10, dict[str, int] counts as an instance of type.
    is_class = isinstance(kind, type) and get_origin(kind) is None
    with pytest.raises(RPCError) as caught:
        decode(kind if is_class else TypeAdapter(kind), data)
    assert caught.value.code == ErrorCode.INVALID_RESULT
    assert isinstance(caught.value.__cause__, ValidationError)
    return caught.value.details["issues"]
