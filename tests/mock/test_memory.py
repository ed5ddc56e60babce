"""What is remembered from request to request changes no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.mock.finished import MOST_BYTES, Finished
from ruangkerja.mock.reply import Reply

from .conftest import TOKEN, USERS

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract

    from .conftest import MakeCaller

ASKED = [
    (f"{USERS.format(course)}?page={page}&pageSize={size}", headers)
    for course in ("A", "%41", "A%2FB", "COURSE-NONE", "COURSE-RATE-LIMITED", "A/")
    for page, size in ((1, 10), (1, 101), (2, 10), ("", 10))
    for headers in (
        [(b"authorization", TOKEN.encode())],
        [(b"authorization", b"wrong")],
        [(b"authorization", TOKEN.encode()), (b"authorization", TOKEN.encode())],
        [],
        [(b"authorization", TOKEN.encode()), (b"accept", b"text/html")],
        [(b"authorization", TOKEN.encode()), (b"prefer", b"code=503")],
        [(b"authorization", TOKEN.encode()), (b"origin", b"http://page.test")],
    )
]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_an_answer_does_not_depend_on_what_was_asked_before(
    caller: MakeCaller, method: str
) -> None:
    used = caller()
    for _ in range(2):
        for target, headers in ASKED:
            used.raw(target.encode(), "GET", headers)
    fresh = caller()
    for target, headers in ASKED:
        again = used.raw(target.encode(), method, headers)
        fresh.app._admitted._passes.clear()
        fresh.app._finished._replies.clear()
        assert fresh.raw(target.encode(), method, headers) == again, (target, headers)


def test_a_token_that_passed_opens_nothing_for_another(caller: MakeCaller) -> None:
    call = caller()
    assert call.users("A").status == 200
    assert call.users("B").status == 200
    assert call.users("B", token="other").status == 403  # noqa: S106
    assert call.users("B", token=None).status == 401


def test_finished_answers_take_a_bounded_share_of_memory(contract: Contract) -> None:
    finished = Finished(contract)
    for number in range(5000):
        finished.keep((b"%d" % number,), Reply(200, (), bytes(5000), lasting=True))
    assert finished._bytes <= MOST_BYTES
    assert finished.get((b"0",)) is None
    assert finished.get((b"4999",)) is not None


def test_only_what_lasts_is_kept(contract: Contract) -> None:
    finished = Finished(contract)
    finished.keep((b"a",), Reply(200, (), b"", lasting=False))
    finished.keep((b"b",), Reply(200, (), bytes(200_000), lasting=True))
    assert (finished.get((b"a",)), finished.get((b"b",))) == (None, None)
