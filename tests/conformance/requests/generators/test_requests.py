from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ruangkerja.conformance.http.request_writer import encoded
from ruangkerja.conformance.records.credentials import split_query
from ruangkerja.conformance.records.request_parser import RequestParser
from ruangkerja.conformance.requests.generators.requests import requests, sizes
from ruangkerja.conformance.requests.generators.surroundings import alike_everywhere
from ruangkerja.conformance.requests.probes.probe import Caller
from ruangkerja.mock.requests.draft import Drafts
from ruangkerja.spec import contract as contracts
from tests.helpers import two_lists
from tests.helpers.backend import TOKEN

if TYPE_CHECKING:
    from ruangkerja.spec.contract import Contract

thorough = settings(max_examples=150, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return contracts.load(two_lists.write(tmp_path_factory.mktemp("spec") / "two.yaml"))


@pytest.mark.parametrize("operation", [0, 1])
@pytest.mark.parametrize("bare", [False, True])
def test_what_is_drawn_can_be_sent_and_is_decided_by_the_document(
    two: Contract, operation: int, bare: bool
) -> None:
    asked = two.operations[operation]
    path = {parameter.name: "C-1" for parameter in asked.located("path")}
    caller = Caller(Drafts(two).of(asked), path, TOKEN, "h", "/api", bare)
    reader = RequestParser(two, "/api", frozenset({TOKEN}), frozenset({"C-1"}), bare)
    seen: set[str] = set()

    @thorough
    @given(requests(two, caller))
    def hold(probe: object) -> None:
        request = probe.request  # type: ignore[attr-defined]
        encoded(request)
        assert request.method == "GET"
        reading = reader.read(request)
        assert reading is not None
        assert reading.operation is asked
        query = request.target.decode("ascii", "replace").partition("?")[2]
        for name, value in split_query(query):
            assert name.isprintable()
            assert value.isprintable()
        for condition in reading.conditions:
            seen.add(condition.name)
            if condition.name == "malformed":
                text = dict(split_query(query))[condition.element.rpartition(" ")[2]]
                with pytest.raises(ValueError, match="int"):
                    int(text)

    with alike_everywhere():  # whatever else the process has imported
        hold()
    wanted = {"malformed", "belowMinimum", "aboveMaximum", "missing", "ambiguous", "astronomical"}
    assert wanted | {"hostile", "unknown", "everywhere", "between"} <= seen


@given(data=st.data())
def test_sizes_keep_to_their_bounds(contract: Contract, data: st.DataObject) -> None:
    paging = contract.operations[0].pagination
    assert paging is not None
    assert 1 <= data.draw(sizes(paging.size)) <= 100
