from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from ruangkerja.mock.http import incoming_body
from ruangkerja.mock.http.error_response import ErrorResponse

if TYPE_CHECKING:
    from starlette.types import Message


def received(*parts: bytes, length: bytes | None = None, ends: bool = True) -> bytes:
    """Receive a body in parts; if it does not end, the connection does."""
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": number < len(parts) or not ends}
        for number, part in enumerate(parts, 1)
    ]
    messages.append({"type": "http.disconnect"})
    waiting = iter(messages)

    async def receive() -> Message:
        await asyncio.sleep(0)
        return next(waiting)

    headers = [] if length is None else [(b"content-length", length)]
    return asyncio.run(incoming_body.receive_body(headers, receive))


def test_parts_are_joined() -> None:
    assert received(b"ab", b"", b"c", length=b"3") == b"abc"


@pytest.mark.parametrize("length", [b"1000001", b"9" * 5000, b"0001000001"])
def test_a_body_that_is_declared_too_large_is_not_waited_for(length: bytes) -> None:
    with pytest.raises(ErrorResponse, match="larger than 1000000 bytes") as caught:
        received(length=length)
    assert caught.value.status == 413


@pytest.mark.parametrize("length", [None, b"0000000000001", b"x"])
def test_a_body_that_is_too_large_is_read_to_the_limit(length: bytes | None) -> None:
    with pytest.raises(ErrorResponse) as caught:
        received(*[b"x" * 100_000] * 11, length=length)
    assert caught.value.status == 413


def test_a_body_that_is_cut_off_is_no_shorter_body() -> None:
    with pytest.raises(ErrorResponse, match="the connection ended") as caught:
        received(b"12", length=b"3", ends=False)
    assert caught.value.status == 400


def test_a_body_that_is_too_slow_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming_body, "LONGEST", 0.01)

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(ErrorResponse) as caught:
        asyncio.run(incoming_body.receive_body([], never))
    assert caught.value.status == 408
