from __future__ import annotations

import json
import math
import socket
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import BaseModel, Field, SecretStr

from centrifugo_rpc import (
    ChannelResult,
    DjangoCfgCentrifugoConfig,
    Publisher,
    PublishError,
    PublishResult,
)

SUCCESS = {
    "message_id": "m-1",
    "published": True,
    "delivered": False,
    "acks_received": 0,
    "acks_expected": 0,
    "status": "success",
}


class Gateway:
    """Stands for the wrapper API: it keeps what it is sent, and answers what it is told."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.answer: bytes = json.dumps(SUCCESS).encode()
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                gateway.requests.append((self.path, headers, json.loads(body)))
                self.send_response(gateway.status)
                for name, value in gateway.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(gateway.answer)

            def log_message(self, format: str, *args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answers(self, answer: Any, status: int = 200, **headers: str) -> None:
        self.answer, self.status, self.headers = json.dumps(answer).encode(), status, headers

    @property
    def body(self) -> Any:
        return self.requests[-1][2]


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway()
    thread = threading.Thread(target=gateway.server.serve_forever, args=(0.01,))
    thread.start()
    yield gateway
    gateway.server.shutdown()
    thread.join()
    gateway.server.server_close()


@pytest.fixture
def publisher(gateway: Gateway) -> Publisher:
    return Publisher(gateway.url + "/", "the-key")


class TestPublish:
    def test_sends_the_data_with_the_key(self, publisher: Publisher, gateway: Gateway) -> None:
        result = publisher.publish("events:news", {"title": "Hello, 日本"})
        assert result == PublishResult(
            message_id="m-1",
            published=True,
            delivered=False,
            acks_received=0,
            acks_expected=0,
            status="success",
        )
        ((path, headers, body),) = gateway.requests
        assert path == "/api/publish"
        assert body == {"channel": "events:news", "data": {"title": "Hello, 日本"}}
        assert headers["x-api-key"] == "the-key"
        assert headers["content-type"] == "application/json"

    def test_accepts_models(self, publisher: Publisher, gateway: Gateway) -> None:
        class Finished(BaseModel):
            task_id: int = Field(serialization_alias="taskId")

        publisher.publish("events:tasks", Finished(task_id=1))
        assert gateway.body["data"] == {"taskId": 1}
        publisher.publish("events:tasks", None, idempotency_key="k")
        assert gateway.body == {"channel": "events:tasks", "data": None, "idempotency_key": "k"}

    def test_waits_for_acknowledgements(self, publisher: Publisher, gateway: Gateway) -> None:
        acknowledged = {"delivered": True, "acks_received": 1, "acks_expected": 2}
        gateway.answers({**SUCCESS, **acknowledged, "status": "partial"})
        result = publisher.publish_with_ack("user#42", {}, acks=2, timeout=5, idempotency_key="k")
        assert (result.status, result.delivered) == ("partial", True)
        assert (result.acks_received, result.acks_expected) == (1, 2)
        assert gateway.body == {
            "channel": "user#42",
            "data": {},
            "wait_for_ack": 2,
            "ack_timeout": 5,
            "idempotency_key": "k",
        }

    def test_waits_for_one_by_default_and_may_for_all(
        self, publisher: Publisher, gateway: Gateway
    ) -> None:
        publisher.publish_with_ack("user#42", {})
        assert gateway.body == {"channel": "user#42", "data": {}, "wait_for_ack": 1}
        publisher.publish_with_ack("events:x", {}, acks="all")
        assert gateway.body["wait_for_ack"] == "all"

    def test_broadcasts(self, publisher: Publisher, gateway: Gateway) -> None:
        failed = {"status": "failed", "published": False, "error": {"code": 503, "message": "no"}}
        second = {**SUCCESS, **failed, "channel": "b"}
        gateway.answers({"results": [{**SUCCESS, "channel": "a"}, second]})
        results = publisher.broadcast(["a", "b"], {"x": 1}, acks=3)
        assert [(result.channel, result.status) for result in results] == [
            ("a", "success"),
            ("b", "failed"),
        ]
        assert results[1].error == PublishError(503, "no")
        assert gateway.requests[0][0] == "/api/broadcast"
        assert gateway.body == {"channels": ["a", "b"], "data": {"x": 1}, "wait_for_ack": 3}

    async def test_has_async_forms(self, publisher: Publisher, gateway: Gateway) -> None:
        assert (await publisher.apublish("a", 1, idempotency_key="k")).status == "success"
        assert gateway.body == {"channel": "a", "data": 1, "idempotency_key": "k"}
        acked = await publisher.apublish_with_ack("a", 1, acks=2, timeout=3, idempotency_key="k")
        assert acked.status == "success"
        assert gateway.body["wait_for_ack"] == 2
        gateway.answers({"results": [{**SUCCESS, "channel": "a"}]})
        (result,) = await publisher.abroadcast(["a"], 1, acks=1, timeout=3, idempotency_key="k")
        assert result.channel == "a"
        assert gateway.body["channels"] == ["a"]


@contextmanager
def closing_server() -> Generator[str, None, None]:
    """A server that reads a request and closes the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            connection.recv(65536)
            connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def failure(result: PublishResult) -> PublishError:
    assert (result.status, result.published, result.message_id) == ("failed", False, "")
    assert result.error is not None
    return result.error


class TestFailures:
    def test_of_the_gateway_are_reported(self, publisher: Publisher, gateway: Gateway) -> None:
        gateway.answers({"error": {"code": 401, "message": "wrong key", "details": 1}}, 401)
        assert failure(publisher.publish("a", 1)) == PublishError(401, "wrong key")

    def test_of_a_publication_have_its_fields(self, publisher: Publisher, gateway: Gateway) -> None:
        error = {"code": 409, "message": "no answer"}
        gateway.answers({**SUCCESS, "published": False, "status": "failed", "error": error}, 409)
        result = publisher.publish("a", 1)
        assert (result.message_id, result.error) == ("m-1", PublishError(409, "no answer"))

    def test_nothing_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        publisher = Publisher(f"http://127.0.0.1:{port}", "key")
        error = failure(publisher.publish("a", 1))
        assert (error.code, error.message) == (
            503,
            "cannot reach the gateway: Connection refused",
        )
        assert [(r.channel, r.error) for r in publisher.broadcast(["a", "b"], 1)] == [
            ("a", error),
            ("b", error),
        ]

    def test_the_host_does_not_exist(self) -> None:
        error = failure(Publisher("http://does-not-exist.invalid", "key").publish("a", 1))
        assert error.code == 503

    def test_the_connection_is_lost_after_sending(self) -> None:
        with closing_server() as url:
            error = failure(Publisher(url, "key").publish("a", 1))
        assert error.code == 409
        assert "the publication may or may not have happened" in error.message

    @pytest.mark.parametrize("status", [200, 302, 500])
    def test_the_server_is_not_a_gateway(
        self, publisher: Publisher, gateway: Gateway, status: int
    ) -> None:
        gateway.answers({"hello": 1}, status, Location=f"{gateway.url}/elsewhere")
        error = failure(publisher.publish("a", 1))
        assert error.code == 503
        assert "not a centrifugo-rpc gateway: check wrapper_url" in error.message
        assert len(gateway.requests) == 1

    def test_the_integration_is_not_enabled(self) -> None:
        config = DjangoCfgCentrifugoConfig(enabled=False)
        assert failure(Publisher.from_config(config).publish("a", 1)).code == 503
        (result,) = Publisher("", "", enabled=False).broadcast(["a"], 1)
        assert isinstance(result, ChannelResult)
        assert failure(result).message == "the integration is not enabled"


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


class TestArguments:
    @pytest.mark.parametrize(
        ("channel", "error", "message"),
        [
            ("", ValueError, "use 1 to 255 characters, no control characters"),
            ("a" * 256, ValueError, "use 1 to 255 characters"),
            ("a\n", ValueError, "use 1 to 255 characters"),
            ("\ud800", ValueError, "use 1 to 255 characters"),
            ("rpc.requests", ValueError, "is reserved for calls of clients"),
            (3, TypeError, "a channel must be a string, not int"),
        ],
    )
    def test_an_invalid_channel(
        self, publisher: Publisher, gateway: Gateway, channel: Any, error: Any, message: str
    ) -> None:
        for publish in (publisher.publish, publisher.publish_with_ack):
            with pytest.raises(error, match=message):
                publish(channel, 1)
        with pytest.raises(error, match=message):
            publisher.broadcast(["a", channel], 1)
        assert gateway.requests == []

    @pytest.mark.parametrize(
        ("channels", "error"),
        [([], ValueError), (["a"] * 1001, ValueError), ("events:news", TypeError)],
    )
    def test_invalid_channels(self, publisher: Publisher, channels: Any, error: Any) -> None:
        with pytest.raises(error, match=r"1 to 1000 names|a list of names"):
            publisher.broadcast(channels, 1)

    @pytest.mark.parametrize(
        ("data", "error", "message"),
        [
            (object(), TypeError, "the data: .*serialize"),
            (math.nan, TypeError, "the data: nan is not valid JSON"),
            ({"id": 2**60}, TypeError, "the data: id: an integer beyond"),
            (nested(2000), TypeError, "the data: "),
            (
                "a" * 1024 * 1024,
                ValueError,
                "has 1048578 bytes as JSON: at most 1048576 are allowed",
            ),
            ({"$rpc": 1}, ValueError, 'has the key "\\$rpc"'),
        ],
    )
    def test_invalid_data(self, publisher: Publisher, data: Any, error: Any, message: str) -> None:
        with pytest.raises(error, match=message):
            publisher.publish("user#42", data)

    def test_other_channels_may_have_a_key_of_the_protocol(self, publisher: Publisher) -> None:
        assert publisher.publish("events:news", {"$rpc": 1}).status == "success"

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"acks": 0}, 'acks must be "all" or a whole number from 1 to 10000'),
            ({"acks": True}, 'acks must be "all" or a whole number'),
            ({"acks": 1.5}, 'acks must be "all" or a whole number'),
            ({"acks": "some"}, 'acks must be "all" or a whole number'),
            ({"timeout": 0}, "timeout must be more than 0 and at most 300 seconds"),
            ({"timeout": 301}, "timeout must be more than 0"),
            ({"timeout": math.nan}, "timeout must be more than 0"),
            ({"idempotency_key": ""}, "idempotency_key must have 1 to 256 characters"),
            ({"idempotency_key": "k" * 257}, "idempotency_key must have 1 to 256 characters"),
        ],
    )
    async def test_invalid_options(self, publisher: Publisher, options: Any, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            publisher.publish_with_ack("a", 1, **options)
        with pytest.raises(ValueError, match=message):
            await publisher.abroadcast(["a"], 1, **options)

    @pytest.mark.parametrize(
        ("url", "key", "message"),
        [
            ("localhost:8001", "key", "wrapper_url must be a URL that starts with http://"),
            (
                "http://u:geheim@host",
                "key",
                "wrapper_url must not contain a user name or a password",
            ),
            ("http://host", "geheim\n", "api_key must be printable ASCII"),
            ("http://host", "", "api_key must be printable ASCII"),
            ("http://host", SecretStr("geheim "), "api_key must be printable ASCII"),
        ],
    )
    def test_an_invalid_publisher(self, url: str, key: str | SecretStr, message: str) -> None:
        with pytest.raises(ValueError, match=message) as caught:
            Publisher(url, key)
        assert "geheim" not in str(caught.value)
