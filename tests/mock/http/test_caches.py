"""What is remembered from request to request changes no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.mock.http.client_profiles import ClientProfile, ClientProfiles
from ruangkerja.mock.http.response import StubResponse
from ruangkerja.mock.http.response_cache import MOST_BYTES, ResponseCache

from ..conftest import TOKEN, USERS

if TYPE_CHECKING:
    from ruangkerja.mock.http.response_cache import Key
    from ruangkerja.spec.contract import Contract

    from ..conftest import MakeCaller

MANNER = ClientProfile()
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
    for _ in range(3):
        for target, headers in ASKED:
            used.raw(target.encode(), "GET", headers)
    fresh = caller()
    for target, headers in ASKED:
        again = used.raw(target.encode(), method, headers)
        fresh.app._profiles._known.clear()
        fresh.app._finished._replies.clear()
        assert fresh.raw(target.encode(), method, headers) == again, (target, headers)


def test_a_token_that_passed_opens_nothing_for_another(caller: MakeCaller) -> None:
    call = caller()
    assert call.users("A").status == 200
    assert call.users("B").status == 200
    assert call.users("B", token="other").status == 403  # noqa: S106
    assert call.users("B", token=None).status == 401


def key(number: int) -> Key:
    return b"/", b"%d" % number, MANNER


def keep_twice(finished: ResponseCache, one: Key, reply: StubResponse) -> None:
    finished.keep(one, reply)
    finished.keep(one, reply)


def test_an_answer_is_kept_when_it_is_asked_for_a_second_time() -> None:
    finished, reply = ResponseCache(), StubResponse(200, (), b"", lasting=True)
    finished.keep(key(1), reply)
    assert finished.get(key(1)) is None
    finished.keep(key(1), reply)
    assert finished.get(key(1)) is reply
    assert finished.get((*key(1)[:2], ClientProfile())) is None


def test_finished_answers_take_a_bounded_share_of_memory() -> None:
    finished = ResponseCache()
    for number in range(5000):
        keep_twice(finished, key(number), StubResponse(200, (), bytes(5000), lasting=True))
    assert finished._bytes <= MOST_BYTES
    assert finished.get(key(0)) is None
    assert finished.get(key(4999)) is not None


def test_only_what_lasts_is_kept() -> None:
    finished = ResponseCache()
    keep_twice(finished, key(1), StubResponse(200, (), b"", lasting=False))
    keep_twice(finished, key(2), StubResponse(200, (), bytes(200_000), lasting=True))
    keep_twice(finished, (b"/" * 3000, b"", MANNER), StubResponse(200, (), b"", lasting=True))
    assert not finished._replies


def test_the_manners_of_a_bounded_number_of_clients_are_remembered(contract: Contract) -> None:
    profiles = ClientProfiles(contract)
    for number in range(3000):
        headers = [(b"authorization", b"%d" % number), (b"x-other", b"%d" % number)]
        profile = profiles.of({"method": "GET", "headers": headers})
        assert profile is profiles.of({"method": "GET", "headers": [*headers, (b"host", b"a")]})
    assert len(profiles._known) <= 1024
    long = [(b"authorization", bytes(3000))]
    assert profiles.of({"method": "GET", "headers": long}) is None
    assert profiles.of({"method": "POST", "headers": []}) is None
