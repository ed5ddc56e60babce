"""What is remembered of a client changes no response, opens nothing, and takes little memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ruangkerja.mock.access.client_profiles import LONGEST, MOST, ClientProfiles
from ruangkerja.mock.http.request_parser import IncomingRequest, ParameterParser
from ruangkerja.spec import contract as contracts

from ..conftest import TOKEN, USERS

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

    from ..conftest import Caller, MakeCaller

THOROUGH = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# What is usual comes often, so that much of what is drawn was let in before.
HEADERS = st.lists(
    st.one_of(
        st.just((b"authorization", TOKEN.encode())),
        st.sampled_from(
            [
                (b"authorization", b"wrong"),
                (b"authorization", b""),
                (b"accept", b"application/json"),
                (b"accept", b"text/html"),
                (b"accept", b"*/*;q=0"),
                (b"content-type", b"\xff"),
                (b"cookie", b"a=b"),
                (b"host", b"elsewhere.test"),
                (b"origin", b"http://page.test"),
                (b"prefer", b"code=503"),
                (b"prefer", b"fault=status-upper-case"),
                (b"x-other", b"1"),
            ]
        ),
        st.tuples(st.sampled_from([b"authorization", b"accept"]), st.binary(max_size=20)),
    ),
    max_size=4,
)
NAMES = st.one_of(
    st.sampled_from(
        ["A", "%41", "A%2FB", "A/", "", "COURSE-NONE", "COURSE-RATE-LIMITED", "COURSE-EMPTY"]
    ),
    st.text(
        st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="?#"), max_size=9
    ),
)
QUERIES = st.one_of(
    st.builds("page={}&pageSize={}".format, st.integers(-1, 9), st.integers(0, 101)),
    st.sampled_from(
        ["", "page=1", "page=1&page=2&pageSize=10", "page=1&pageSize=10&x", "page=%31"]
    ),
    st.text(st.sampled_from("pageSiz=&10%;+"), max_size=20),
)
METHODS = st.sampled_from(["GET"] * 6 + ["HEAD", "POST", "OPTIONS"])


@pytest.fixture(scope="module")
def keys(root: Path) -> Contract:
    return contracts.load(root / "tests" / "data" / "three_keys.yaml")


@pytest.fixture(scope="module")
def keyed(caller: MakeCaller, keys: Contract) -> Caller:
    return caller(keys)


@pytest.fixture(scope="module")
def used(caller: MakeCaller) -> Caller:
    return caller()


@pytest.fixture(scope="module")
def fresh(caller: MakeCaller) -> Caller:
    return caller()


@THOROUGH
@given(METHODS, NAMES, QUERIES, HEADERS)
def test_a_response_does_not_depend_on_what_was_remembered(
    used: Caller,
    fresh: Caller,
    method: str,
    name: str,
    query: str,
    headers: list[tuple[bytes, bytes]],
) -> None:
    target = f"{USERS.format(name)}?{query}".encode()
    fresh.app._profiles = ClientProfiles(fresh.app.responder.contract)
    expected = fresh.raw(target, method, headers)
    used.raw(target, "GET", headers)
    assert used.raw(target, method, headers) == expected
    assert used.raw(target, method, headers) == expected


def test_what_was_let_in_is_not_asked_again(caller: MakeCaller) -> None:
    call = caller()
    expected = call.users("A")

    async def nobody(*_: object) -> None:
        raise AssertionError("routing was asked again")

    call.app.inner = nobody
    assert call.users("A") == expected
    assert call.users("B").status == 200
    with pytest.raises(AssertionError):
        assert call.users("A", token="other").status == 403  # noqa: S106


CREDENTIALS = {
    "/shelves/a/books": (b"x-reader-key", b"reader"),
    "/shelves/a/loans": (b"x-owner-key", b"owner"),
    "/shelves/a/fines": (b"authorization", b"Bearer clerk"),
}


@THOROUGH
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*CREDENTIALS, "/hours"]), st.sets(st.sampled_from([*CREDENTIALS]))
        ),
        min_size=2,
        max_size=6,
    )
)
def test_a_credential_let_in_to_one_operation_opens_no_other(
    keyed: Caller, keys: Contract, asked: list[tuple[str, set[str]]]
) -> None:
    keyed.app._profiles = ClientProfiles(keys)
    for _ in range(2):
        for path, sent in asked:
            headers = [CREDENTIALS[each] for each in sorted(sent)]
            allowed = path not in CREDENTIALS or path in sent
            status = keyed.raw(f"/v1{path}".encode(), "GET", headers).status
            assert status == (200 if allowed else 401), (path, sent)


def test_a_format_that_one_operation_has_is_asked_of_no_other(
    caller: MakeCaller, keys: Contract
) -> None:
    call, headers = caller(keys), [CREDENTIALS["/shelves/a/books"], (b"accept", b"text/plain")]
    for _ in range(2):
        assert call.raw(b"/v1/hours", "GET", headers).status == 200
        assert call.raw(b"/v1/shelves/a/books", "GET", headers).status == 406


def test_a_token_that_passed_opens_nothing_for_another(caller: MakeCaller) -> None:
    call = caller()
    assert call.users("A").status == 200
    assert call.users("B").status == 200
    assert call.users("B", token="other").status == 403  # noqa: S106
    assert call.users("B", token=None).status == 401


def test_a_bounded_number_of_profiles_of_bounded_size_is_remembered(contract: Contract) -> None:
    profiles = ClientProfiles(contract)
    for number in range(3 * MOST):
        headers = [(b"authorization", b"%d" % number), (b"host", b"a")]
        profile = profiles.of({"method": "GET", "headers": headers})
        assert profile is profiles.of({"method": "GET", "headers": [*headers, (b"x-other", b"1")]})
        assert len(profiles) <= MOST
    long = [(b"authorization", bytes(LONGEST)), (b"host", b"a")]
    assert profiles.of({"method": "GET", "headers": long}) is None
    assert profiles.of({"method": "POST", "headers": [(b"host", b"a")]}) is None
    assert profiles.of({"method": "GET", "headers": []}) is None


def test_a_bounded_number_of_queries_is_remembered(contract: Contract) -> None:
    [operation] = contract.operations
    parser = ParameterParser(operation)
    for page in range(1, 3000):
        query = b"page=%d&pageSize=10" % page
        parser.read(IncomingRequest("GET", {"courseSerial": "A"}, query, ()))
    kept = parser._cached.cache_info().currsize
    long = b"page=1&pageSize=10&x=" + b"x" * 200
    parser.read(IncomingRequest("GET", {"courseSerial": "A"}, long, ()))
    assert 0 < parser._cached.cache_info().currsize == kept < 2100
