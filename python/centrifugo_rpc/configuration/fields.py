"""The types of the configuration's fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr
from pydantic_core import PydanticCustomError

from ..coded_errors import CodedErrorCode

CODE: CodedErrorCode = "CRPC_CONFIG_INVALID"

LogLevelName: TypeAlias = Literal["DEBUG", "INFO", "WARNING", "ERROR", "NONE"]

_FLAGS = {
    **dict.fromkeys(("true", "1", "yes", "y", "on", "enabled"), True),
    **dict.fromkeys(("false", "0", "no", "n", "off", "disabled"), False),
}

_LOG_LEVELS: dict[str, LogLevelName] = {
    **{name: name for name in get_args(LogLevelName)},
    # The names of Centrifugo, which reads the same variable.
    "TRACE": "DEBUG",
    "WARN": "WARNING",
    "FATAL": "ERROR",
}


def _wrong(expected: str) -> PydanticCustomError:
    return PydanticCustomError(CODE, "{expected}", {"expected": expected})


def read_flag(value: object) -> bool:
    """Reads ``true``, ``false`` and their synonyms."""
    flag = _FLAGS.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(flag, bool):
        raise _wrong("must be true or false")
    return flag


def _read_seconds(value: object) -> int:
    text = value.strip() if isinstance(value, str) else ""
    number = int(text) if re.fullmatch("[0-9]{1,9}", text) else value
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 300:
        raise _wrong("must be a whole number of seconds from 1 to 300")
    return number


def _read_log_level(value: object) -> LogLevelName:
    level = _LOG_LEVELS.get(value.upper()) if isinstance(value, str) else None
    if level is None:
        raise _wrong("must be DEBUG, INFO, WARNING, ERROR or NONE")
    return level


def _url_reader(*starts: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or not value.lower().startswith(starts):
            raise _wrong(f"must be a URL that starts with {' or '.join(starts)}")
        return _check_url(value)

    return read


def _check_url(text: str) -> str:
    try:
        url = urlsplit(text)
        usable = bool(url.hostname) and url.port != 0 and re.fullmatch(r"[!-~]+", text) is not None
    except ValueError:
        url, usable = urlsplit(""), False
    if not usable:
        raise _wrong("must be a URL, in ASCII, with a host and without white space")
    if url.username is not None or url.password is not None:
        # URLs are logged.
        raise _wrong("must not contain a user name or a password")
    return text


read_http_url = _url_reader("http://", "https://")
"""Returns a valid HTTP URL; for others, raises PydanticCustomError without the URL."""


def check_header_secret(text: str) -> str:
    """Returns a secret that an HTTP header can carry.

    Raises:
        PydanticCustomError: A header cannot carry it. The message does not contain the secret.
    """
    if not re.fullmatch("[!-~]([ -~]*[!-~])?", text):
        raise _wrong("must be printable ASCII without white space around it")
    return text


def _check_signing_secret(text: str) -> str:
    # Catches the line break at the end of a file from which the secret was read.
    if not text or text != text.strip():
        raise _wrong("must not be empty or have white space around it")
    return text


def _secret_reader(check: Callable[[str], str]) -> Callable[[object], SecretStr]:
    def read(value: object) -> SecretStr:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(text, str):
            raise _wrong("must be a string")
        return SecretStr(check(text))

    return read


Flag: TypeAlias = Annotated[bool, BeforeValidator(read_flag)]
Seconds: TypeAlias = Annotated[int, BeforeValidator(_read_seconds)]
LogLevel: TypeAlias = Annotated[LogLevelName, BeforeValidator(_read_log_level)]
HttpUrl: TypeAlias = Annotated[str, BeforeValidator(read_http_url)]
WebSocketUrl: TypeAlias = Annotated[str, BeforeValidator(_url_reader("ws://", "wss://"))]
HeaderSecret: TypeAlias = Annotated[SecretStr, BeforeValidator(_secret_reader(check_header_secret))]
SigningSecret: TypeAlias = Annotated[
    SecretStr, BeforeValidator(_secret_reader(_check_signing_secret))
]
