"""The usage file: what a client needs, from the results of its test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import __version__
from ...conformance.comparison.results.reports import Tool
from ...conformance.comparison.results.usage import (
    Member,
    Place,
    Survival,
    Usage,
    UsedContract,
    UsedFreedom,
    UsedOperation,
)
from .results import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ...mock.faults import Freedom
    from ...spec.contract import Contract
    from .results import Results, Trial

_SURVIVALS = {
    Outcome.SURVIVED: Survival.SURVIVED,
    Outcome.NOT_SURVIVED: Survival.NOT_SURVIVED,
    Outcome.NOT_TRIED: Survival.NOT_MET,
}


def untested(client: str, contract: Contract, reason: str) -> Usage:
    """Return the usage of a client of which nothing is known."""
    return Usage(
        tool=Tool("ruangkerja", __version__),
        client=client,
        contract=_contract(contract),
        policies=tuple(map(str, contract.policies)),
        untested=reason,
    )


def usage_of(
    client: str,
    results: Results,
    contract: Contract,
    freedoms: Mapping[str, Freedom],
    accepted: Collection[str],
) -> Usage:
    """Return what a client needs; `accepted` are the freedoms that its team left out by name."""
    return Usage(
        tool=Tool("ruangkerja", __version__),
        client=client,
        contract=_contract(contract),
        policies=results.policies,
        command=results.command,
        started=results.started,
        operations=tuple(
            UsedOperation(each.operation, each.label, each.requests, each.parameters, each.statuses)
            for each in results.operations
        ),
        freedoms=tuple(_freedoms(results, freedoms, accepted)),
        members=tuple(
            Member(
                each.operation,
                each.place,
                each.outcome is Outcome.NEEDED,
                each.optional,
                each.reason,
            )
            for each in results.members
        ),
    )


def _contract(contract: Contract) -> UsedContract:
    return UsedContract(contract.title, contract.version, contract.digest)


def _freedoms(
    results: Results, freedoms: Mapping[str, Freedom], accepted: Collection[str]
) -> Iterator[UsedFreedom]:
    trials = {trial.name: trial for trial in results.freedoms}
    for name, freedom in freedoms.items():
        survival, reason = _survival(trials.get(name), _left_out(name, results, accepted))
        places = [
            Place(each.operation, each.place)
            for each in results.places
            if each.freedom == name and each.outcome is Outcome.NOT_SURVIVED
        ]
        met = [
            Place(each.operation, place)
            for each in results.operations
            for own, place in each.met
            if own == name
        ]
        yield UsedFreedom(
            name, freedom.title, survival, reason, tuple(places), tuple(met), freedom.weather
        )


def _left_out(name: str, results: Results, accepted: Collection[str]) -> Survival:
    """Return what is known of a freedom that was not tested."""
    if name in accepted:
        return Survival.ACCEPTED
    return Survival.NOT_MET if name in results.not_met else Survival.LEFT_OUT


def _survival(trial: Trial | None, otherwise: Survival) -> tuple[Survival, str]:
    return (otherwise, "") if trial is None else (_SURVIVALS[trial.outcome], trial.reason)
