"""What is remembered changes nothing but the time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.conformance.http.exchange import Exchange, Request, Response
from ruangkerja.conformance.privacy.pseudonymizer import Pseudonymizer
from ruangkerja.conformance.privacy.remembered import Remembered

if TYPE_CHECKING:
    from collections.abc import Callable

    from ruangkerja.spec.contract import Contract

NAMES = ("Siti Rahma", "Siti", "Budi", "12345", "completed")
PATH = b"/ruangkerja/dashboard/courses/C-1/online/users?page=1&pageSize=10"


def answered(name: str, said: str, seconds: int) -> Exchange:
    user = {"serial": "S1", "name": name, "employeeID": name}
    data = {"items": [{"user": user, "status": said, "timeSpent": seconds, "more": said}]}
    body = json.dumps({"status": "success", "message": f"no {said}", "data": data}).encode()
    headers = (("Location", f"/users/{said}"), ("WWW-Authenticate", f'Bearer realm="{said}"'))
    response = Response(200, "OK", "HTTP/1.1", headers, body, len(body))
    return Exchange(1, Request("GET", PATH), response, None, 0.0, 0.0)


class Forgetful(Remembered):
    """One that remembers nothing."""

    def of(self, make: Callable[..., Any], *given: Any) -> Any:
        """Return what a function makes of its arguments."""
        return make(*given)


POOL = [answered(n, said, seconds) for n in NAMES for said in NAMES for seconds in (7, 12345)]


@given(st.lists(st.tuples(st.sampled_from(POOL), st.booleans()), max_size=12))
def test_pseudonyms_are_the_same_as_without_a_memory(
    contract: Contract, sent: list[tuple[Exchange, bool]]
) -> None:
    one, other = (Pseudonymizer(contract, "", b"key") for _ in range(2))
    other._published = Forgetful(0)
    for exchange, is_learned in [*sent, *sent]:
        if is_learned:
            one.learn([exchange])
            other.learn([exchange])
        assert one.exchange(exchange) == other.exchange(exchange)


def test_a_name_that_becomes_known_is_replaced_in_what_was_published_before(
    contract: Contract,
) -> None:
    pseudonymizer = Pseudonymizer(contract, "", b"key")
    known_word = answered("S1", "completed", 12345)
    before = pseudonymizer.exchange(known_word).response
    pseudonymizer.learn([answered("12345", "x", 0)])
    after = pseudonymizer.exchange(known_word).response
    assert before is not None
    assert after is not None
    assert b"12345" in before.body
    assert b"12345" not in after.body


def test_what_is_asked_for_again_is_made_once() -> None:
    made: list[str] = []

    def make(text: str) -> str:
        made.append(text)
        return text.upper()

    remembered = Remembered(1_000)
    assert [remembered.of(make, each) for each in "aabab"] == list("AABAB")
    assert made == ["a", "b"]
    remembered.clear()
    remembered.of(make, "a")
    assert made == ["a", "b", "a"]


def test_what_is_made_while_all_is_forgotten_is_not_kept() -> None:
    remembered, results = Remembered(1_000), iter([1, 2])

    def make(_: str) -> int:
        remembered.clear()
        return next(results)

    assert [remembered.of(make, "a"), remembered.of(make, "a")] == [1, 2]


def test_it_keeps_no_more_than_it_may() -> None:
    remembered = Remembered(10_000)
    for number in range(1_000):
        remembered.of(str.upper, f"{number:1000}")
        assert len(remembered._known) < 10
    remembered.of(str.upper, "x" * 20_000)
    assert not remembered._known
