"""Effects that happen once, however often their call is repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar, get_type_hints

from asgiref.sync import sync_to_async
from django.db import router, transaction
from pydantic import TypeAdapter

from ..coded_errors import ArgumentTypeError
from ..handlers.context import ConnectionContext

P = ParamSpec("P")
ResultT = TypeVar("ResultT")


def once(
    conn: ConnectionContext, effect: Callable[P, ResultT], /, *args: P.args, **kwargs: P.kwargs
) -> ResultT:
    """Runs ``effect(*args, **kwargs)`` once for a call, however often the call is repeated.

    It runs in a transaction, which also stores its result in the table ``centrifugo_rpc_calls``: a
    repeated call gets the stored result. Use it once in a handler. If a transaction is already
    open, the effect becomes part of it.

    Calls are the same if they have the same user, method and idempotency key, or correlation ID if
    they have no key.

    Args:
        conn: The call.
        effect: A function with a type hint for its result: a Pydantic model, or another type that
            Pydantic knows.
        args: Positional arguments of the function.
        kwargs: Keyword arguments of the function.

    Returns:
        The result, read from its JSON.

    Raises:
        ArgumentTypeError: The function has no usable hint for its result.
    """
    # Not at the top: Django imports this package before it knows its models.
    from .models import RecordedCall

    result_type = _result_type(effect)
    id = _call_id(conn)
    with transaction.atomic(using=router.db_for_write(RecordedCall)):
        RecordedCall.objects.bulk_create([RecordedCall(id=id)], ignore_conflicts=True)
        stored = RecordedCall.objects.values_list("result", flat=True).get(pk=id)
        if stored is None:
            result = effect(*args, **kwargs)
            stored = result_type.dump_json(result, by_alias=False, round_trip=True).decode()
            RecordedCall.objects.filter(pk=id).update(result=stored)
    return result_type.validate_json(stored, by_alias=False, by_name=True)


async def aonce(
    conn: ConnectionContext, effect: Callable[P, ResultT], /, *args: P.args, **kwargs: P.kwargs
) -> ResultT:
    """Like :func:`once`, for ``async`` code. The effect is a function that is not async.

    Django's transactions are synchronous: the function runs in the thread of the request, as with
    ``sync_to_async``.
    """
    return await sync_to_async(once)(conn, effect, *args, **kwargs)


def _result_type(effect: Callable[..., ResultT]) -> TypeAdapter[ResultT]:
    try:
        hint: Any = get_type_hints(effect, include_extras=True)["return"]
    except (KeyError, NameError, TypeError) as error:
        raise ArgumentTypeError(
            f"the result of {effect!r} has no usable type hint ({error}): define a function with "
            f"-> Result, or -> None, and pass it to once() with its arguments"
        ) from None
    return _adapter(hint)


@lru_cache(maxsize=256)
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


def _call_id(conn: ConnectionContext) -> str:
    key = conn.idempotency_key
    parts = (conn.user_id, conn.method, *(("key", key) if key else ("id", conn.correlation_id)))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
