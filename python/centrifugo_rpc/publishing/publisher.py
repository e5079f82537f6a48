"""Publishes to channels through the gateway's HTTP API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial, wraps
from typing import Any, Concatenate, TypeVar

from pydantic import BaseModel, SecretStr, TypeAdapter
from pydantic_core import PydanticCustomError, to_json
from typing_extensions import ParamSpec

from ..coded_errors import ArgumentValueError
from ..configuration.config import DjangoCfgCentrifugoConfig
from ..configuration.fields import check_header_secret, read_http_url
from ..errors import JSON, ErrorCode
from .gateway_request import ask_gateway
from .message_checks import MAX_ACK_TIMEOUT, Acks, check_channels, check_options, encode_data
from .result import ChannelResult, PublishError, PublishResult

_P = ParamSpec("_P")
_T = TypeVar("_T")

# It starts threads on demand.
_EXECUTOR = ThreadPoolExecutor(32, thread_name_prefix="centrifugo-rpc-publisher")


@dataclass(frozen=True)
class _Broadcast:
    results: list[ChannelResult]


_PUBLISH_RESULT = TypeAdapter(PublishResult)
_BROADCAST = TypeAdapter(_Broadcast)


@dataclass(frozen=True)
class _Options:
    """The options by their names in a request."""

    wait_for_ack: Acks | None = None
    ack_timeout: float | None = None
    idempotency_key: str | None = None


def _for_async(
    method: Callable[Concatenate[Publisher, _P], _T],
) -> Callable[Concatenate[Publisher, _P], Coroutine[Any, Any, _T]]:
    """The form of a method for ``async`` code, which runs in a thread."""

    @wraps(method)
    async def run(self: Publisher, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        call = partial(method, self, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(_EXECUTOR, call)

    run.__name__ = f"a{method.__name__}"
    return run


class Publisher:
    """Publishes through the gateway's HTTP API, from any process.

    Failures are in the result. Only invalid arguments raise: :class:`ArgumentValueError` or
    :class:`ArgumentTypeError`. The methods that start with ``a`` are for ``async`` code: each call
    uses one of 32 threads until it ends; cancelling does not end it.

        publisher = Publisher.from_config(config)
        result = publisher.publish_with_ack("user#42", {"text": "hi"}, timeout=5)

    Args:
        wrapper_url: The gateway's URL, usually ``http://localhost:8001``.
        api_key: The gateway's API key.
        enabled: If ``False``, nothing is sent, and each result is ``failed``.

    Raises:
        ArgumentValueError: The URL or the key is not valid.
    """

    def __init__(self, wrapper_url: str, api_key: str | SecretStr, *, enabled: bool = True) -> None:
        self._url = wrapper_url.rstrip("/")
        self._key = api_key.get_secret_value() if isinstance(api_key, SecretStr) else api_key
        self._enabled = enabled
        if enabled:
            _check("wrapper_url", read_http_url, self._url)
            _check("api_key", check_header_secret, self._key)

    @classmethod
    def from_config(cls, config: DjangoCfgCentrifugoConfig) -> Publisher:
        """Returns the publisher for a configuration.

        Raises:
            ArgumentValueError: The configuration has no gateway.
        """
        if config.enabled and not config.wrapper_url:
            raise ArgumentValueError(
                "publishing goes through the gateway: set CENTRIFUGO_WRAPPER_URL and "
                "CENTRIFUGO_WRAPPER_API_KEY, or pass wrapper_url and wrapper_api_key"
            )
        return cls(config.wrapper_url, config.wrapper_api_key, enabled=config.enabled)

    def publish(
        self, channel: str, data: JSON | BaseModel, *, idempotency_key: str | None = None
    ) -> PublishResult:
        """Publishes data to a channel.

        Args:
            channel: As in ``events:news`` or ``user#42``.
            data: Any JSON of up to 1 MiB, or a model.
            idempotency_key: A string of up to 256 characters. Within five minutes only the first
                publication with it reaches the channel, so a publication whose result was lost can
                be repeated.
        """
        return self._publish(channel, data, _Options(idempotency_key=idempotency_key))

    def publish_with_ack(
        self,
        channel: str,
        data: JSON | BaseModel,
        *,
        acks: Acks = 1,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> PublishResult:
        """Publishes data and waits until clients have acknowledged it or the time is up.

        Args:
            channel: As in ``events:news`` or ``user#42``.
            data: Any JSON of up to 1 MiB, or a model.
            acks: The number of acknowledgements to wait for, up to 10,000, or ``"all"`` for all
                clients that are subscribed at the time.
            timeout: How long to wait after publishing, in seconds, 300 at most. Default: the
                gateway's ``ack_timeout``, 30.
            idempotency_key: As for :meth:`publish`.
        """
        return self._publish(channel, data, _Options(acks, timeout, idempotency_key))

    def broadcast(
        self,
        channels: Sequence[str],
        data: JSON | BaseModel,
        *,
        acks: Acks | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> list[ChannelResult]:
        """Publishes the same data to several channels, 1000 at most.

        With ``acks``, it waits for that many acknowledgements in each channel. The results are in
        the order of the channels. The arguments are those of :meth:`publish_with_ack`.
        """
        options = _Options(acks, timeout, idempotency_key)
        check_channels(channels)
        answer = self._ask(
            "broadcast", {"channels": list(channels)}, channels, data, options, _BROADCAST
        )
        if isinstance(answer, _Broadcast):
            return answer.results
        return [ChannelResult(channel=name, status="failed", error=answer) for name in channels]

    apublish = _for_async(publish)
    apublish_with_ack = _for_async(publish_with_ack)
    abroadcast = _for_async(broadcast)

    def _publish(self, channel: str, data: JSON | BaseModel, options: _Options) -> PublishResult:
        check_channels([channel])
        answer = self._ask(
            "publish", {"channel": channel}, [channel], data, options, _PUBLISH_RESULT
        )
        if isinstance(answer, PublishResult):
            return answer
        return PublishResult(status="failed", error=answer)

    def _ask(
        self,
        route: str,
        target: dict[str, str | list[str]],
        channels: Sequence[str],
        data: JSON | BaseModel,
        options: _Options,
        answer: TypeAdapter[_T],
    ) -> _T | PublishError:
        check_options(options.wait_for_ack, options.ack_timeout, options.idempotency_key)
        encoded = encode_data(channels, data)
        if not self._enabled:
            return PublishError(ErrorCode.UNAVAILABLE, "the integration is not enabled")
        given = {name: value for name, value in asdict(options).items() if value is not None}
        body = to_json({**target, **given})[:-1] + b',"data":' + encoded + b"}"
        # Without a timeout, the gateway's own setting decides.
        wait = 0 if options.wait_for_ack is None else options.ack_timeout or MAX_ACK_TIMEOUT
        return ask_gateway(f"{self._url}/api/{route}", self._key, body, wait, answer)


def _check(name: str, check: Callable[[str], object], value: str) -> None:
    try:
        check(value)
    except PydanticCustomError as error:
        raise ArgumentValueError(f"{name} {error.message()}") from None
