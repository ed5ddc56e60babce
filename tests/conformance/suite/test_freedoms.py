"""The suite finds nothing on a server with a freedom of the contract, or with many of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ruangkerja.conformance.freedoms.taken import Taken, taken_in
from ruangkerja.conformance.suite.selftest import FaultRunner
from ruangkerja.mock.faults import Faulty, read_freedoms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ruangkerja.conformance.evidence.evidence import Evidence
    from ruangkerja.conformance.suite.kill_matrix import FaultResult
    from ruangkerja.spec.contract import Contract

FREEDOMS = read_freedoms()
# A list without rows is not judged, and what takes seconds is not waited for.
EMPTY, SLOW = {"empty-list", "empty-list-with-one-page"}, {"slow", "slow-once"}
WEATHER = {name for name, freedom in FREEDOMS.items() if freedom.weather}
# Each server has all freedoms of a paragraph, which differ in other things.
_PARAGRAPHS = """
null-in-every-second-row numbers-with-many-decimals times-in-another-offset names-in-another-script
keys-with-any-characters texts-in-another-language wrong-token-is-401 past-the-end-is-404
unknown-list-is-empty unknown-error-number more-members json-over-many-lines

last-page-is-full members-in-another-order all-that-can-be-null-is-null times-without-decimals
names-that-are-empty texts-that-are-empty missing-token-is-403 past-the-end-is-400
unknown-list-is-403 error-number-is-0 charset-in-the-content-type
repeated-parameters-rejected first-header-required

last-page-has-one-row zero-for-every-number times-with-nine-decimals
names-with-marks-of-other-languages error-number-below-0 errors-in-another-language
content-type-in-capitals more-headers unlisted-parameters-rejected second-header-required busy-once
json-with-escapes

integers-with-a-decimal-point times-in-small-letters names-from-right-to-left errors-without-a-text
wrong-parameter-is-422 compressed-responses unavailable-once

names-of-300-characters error-number-beyond-32-bits one-row

names-that-are-all-the-same time-with-a-leap-second
"""
TOGETHER = _PARAGRAPHS.split("\n\n")


class FreeRunner(FaultRunner):
    """Checks the stub with freedoms in place of faults."""

    taken = Taken()

    def _judged(self, evidence: Evidence) -> None:
        self.taken = taken_in(evidence)

    @property
    def seen(self) -> set[str]:
        """The freedoms that the responses show."""
        return {name for (name, _), found in self.taken.freedoms.items() if found.seen}

    def check(self, names: tuple[str, ...]) -> tuple[FaultResult, Mapping[str, int]]:
        """Return the result of the suite, and how many responses each freedom changed."""
        faulty = self._server.faulty
        app, layers = faulty.app, {}
        for name in names:
            layers[name] = Faulty(faulty.app, self.contract, FREEDOMS[name], faulty.token)
            faulty.app = layers[name]
        try:
            return self.attempt(None), {name: layer.touched for name, layer in layers.items()}
        finally:
            faulty.app = app


@pytest.fixture(scope="module")
def runner(contract: Contract) -> Iterator[FreeRunner]:
    with FreeRunner(contract) as runner:
        # What each list has depends on the freedom; one list shows it.
        runner._expectations = ()
        runner._lists = {name: values[:1] for name, values in runner._lists.items()}
        yield runner


def test_every_freedom_is_tested() -> None:
    assert {*" ".join(TOGETHER).split()} == FREEDOMS.keys() - EMPTY - SLOW - WEATHER


@pytest.mark.parametrize("names", TOGETHER, ids=range(1, len(TOGETHER) + 1))
def test_a_server_with_many_freedoms_conforms_with_nothing_found(
    runner: FreeRunner, names: str
) -> None:
    result, touched = runner.check(tuple(names.split()))
    assert (result.red, result.broken, result.refused) == ({}, (), "")
    assert all(touched.values()), touched
    assert set(names.split()) - runner.seen == set()


@pytest.mark.long
@pytest.mark.parametrize("name", FREEDOMS.keys() - EMPTY - SLOW - WEATHER)
def test_a_server_with_one_freedom_conforms_with_nothing_found(
    runner: FreeRunner, name: str
) -> None:
    result, touched = runner.check((name,))
    assert (result.red, result.broken, result.refused) == ({}, (), "")
    assert touched[name]
    assert name in runner.seen


@pytest.mark.parametrize("name", sorted(EMPTY))
def test_a_server_without_rows_is_not_judged_and_not_blamed(runner: FreeRunner, name: str) -> None:
    result, touched = runner.check((name,))
    assert result.refused.startswith("the course has no users")
    assert result.red == {}
    assert touched[name]
