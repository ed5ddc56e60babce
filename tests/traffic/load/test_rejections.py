from __future__ import annotations

from ruangkerja.conformance.http.exchange import (
    Exchange,
    Failure,
    FailureKind,
    Request,
    Response,
)
from ruangkerja.traffic.load.rejections import Rejections

REQUEST = Request("GET", b"/")


def exchange(number: int, status: int) -> Exchange:
    response = Response(status, "", "HTTP/1.1", (), b"", 0)
    return Exchange(number, REQUEST, response, None, float(number), 0.1)


def numbers(found: list[tuple[Exchange, int]]) -> list[tuple[int, int]]:
    return [(each.number, user) for each, user in found]


def test_a_rejection_is_judged_once_the_token_is_accepted_again() -> None:
    rejections = Rejections()
    assert numbers(rejections.sorted_out(0, exchange(1, 200), 7)) == [(1, 7)]
    assert rejections.sorted_out(0, exchange(2, 401), 8) == []
    assert rejections.held == 1
    assert numbers(rejections.sorted_out(1, exchange(3, 200), 9)) == [(3, 9)]
    assert numbers(rejections.sorted_out(0, exchange(4, 500), 7)) == [(2, 8), (4, 7)]
    assert rejections.held == 0
    assert not rejections.ended


def test_a_request_that_was_under_way_at_once_does_not_show_that_the_token_is_still_valid() -> None:
    rejections = Rejections()
    rejections.sorted_out(0, exchange(5, 401), 1)
    assert numbers(rejections.sorted_out(0, exchange(5, 200), 2)) == [(5, 2)]
    assert rejections.held == 1


def test_a_token_that_is_never_accepted_again_ends_the_test_and_is_no_mistake() -> None:
    rejections = Rejections()
    judged = [rejections.sorted_out(0, exchange(n, 403), 1) for n in range(200)]
    assert not any(judged)
    assert "rejected 50 times in a row (status 403)" in rejections.ended
    assert rejections.held == 50  # memory stays bounded


def test_a_request_without_a_response_says_nothing_about_the_token() -> None:
    rejections = Rejections()
    rejections.sorted_out(0, exchange(1, 401), 1)
    dropped = Failure(FailureKind.DROPPED, "The server closed the connection.")
    lost = Exchange(2, REQUEST, None, dropped, 2.0, 0.1)
    assert numbers(rejections.sorted_out(0, lost, 1)) == [(2, 1)]
    assert rejections.held == 1
