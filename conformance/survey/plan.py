"""The plan of a run: the requests that it would send, in order."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from ...spec.visible import cut, line
from ..privacy.redaction import Redaction, Words
from ..requests.generators.coverage import generated
from ..requests.probes.lists import MOST_OF_FIRST, MOST_OF_FURTHER
from ..requests.probes.overlap import most_requests as most_overlapping
from ..requests.probes.plan import (
    AROUND,
    MOST_REMINDERS,
    REPEATS,
    Profile,
    first,
    pages_left,
    reminder,
    static,
)
from ..requests.probes.walks import share_of, sizes_to_walk
from . import following
from .resources import is_about_item
from .resources import most_requests as most_about_items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..config.run_config import RunConfig
    from ..http.exchange import Request
    from ..http.target import Target
    from ..requests.probes.probe import Caller, Probe


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A part of a plan: the maximum number of requests, and their purpose.

    `request` is the request, or None if it depends on earlier responses.
    """

    most: int
    note: str
    request: Request | None = None


def describe(config: RunConfig, target: Target) -> list[PlannedRequest]:
    """Return the plan of a run against a target. Nothing is sent.

    Raises GenerationError if no requests can be generated for an operation.
    """
    callers = config.callers(target)
    planned = [_of(first(each)) for each in callers if not is_about_item(each.operation)]
    for caller in callers[:1]:
        again = reminder(first(caller))
        planned += [_of(again)] * REPEATS[config.profile]
        if most := MOST_REMINDERS[config.profile]:
            planned.append(PlannedRequest(most - 1, again.note))
    for operation in config.operations():
        mine = [caller for caller in callers if caller.operation is operation]
        if not mine:
            continue
        probes = static(config.contract, mine[0], config.profile, mine=config.mine)
        planned += map(_of, probes)
        if config.pairs and "overlap" in operation.requirements:
            what = f"{config.pairs} pairs of requests at once; some requests of the pairs alone"
            planned.append(PlannedRequest(most_overlapping(config.pairs), what))
        if most := most_about_items(operation, config.profile):
            planned.append(
                PlannedRequest(most, f"an item, by {operation.label}, and looking for it")
            )
        planned += map(_of, config.with_other_tokens(mine[0]))
        if most := following.most_requests(mine[0], config.profile):
            what = f"pages of {mine[0].name} that cursors lead to, or that are filtered or sorted"
            planned.append(PlannedRequest(most, what))
        sent = sum(part.most for part in planned)
        left = pages_left(config.profile, config.budget_until(operation), sent)
        planned += _walks(
            mine[:1] if config.profile is Profile.SMOKE else mine, left, config.profile
        )
        planned += [_of(p) for p in generated(config.contract, mine[0], config.profile)]
        if MOST_REMINDERS[config.profile]:
            planned.append(PlannedRequest(1, reminder(first(mine[0])).note))
    return planned


def most_requests(config: RunConfig, planned: list[PlannedRequest]) -> int:
    """Return the maximum number of requests; for the profile deep, without generated ones."""
    most = sum(part.most for part in planned)
    return most if config.limit is None else min(most, config.limit)


def lines(config: RunConfig, planned: list[PlannedRequest]) -> Iterator[str]:
    """Yield the lines of a plan, without the token. Equal requests share a line."""
    redaction = Redaction((config.token,), config.other_tokens, words=Words.of(config.contract))
    yield from (f"policy {policy}" for policy in config.contract.policies)
    yield f"profile {config.profile}: at most {most_requests(config, planned)} requests"
    for part, same in groupby(planned):
        yield _line(part, len(list(same)), redaction)
    yield (
        "Lists that change during the run are read again, and failed requests are repeated, up to "
        f"{config.limit} requests in total"
        if config.limit is not None
        else "Then generated requests and walks, until --max-time is over"
    )


def _line(part: PlannedRequest, times: int, redaction: Redaction) -> str:
    if part.request is None:
        return f"  up to {part.most:>4}  {part.note}"
    target = redaction.data(part.request.target).decode("latin-1")
    shown = cut(line(target), _WIDEST)
    return f"  {times:>10}  {part.request.method} {shown}  ({line(part.note)})"


_WIDEST = 120


def _of(probe: Probe) -> PlannedRequest:
    return PlannedRequest(1, probe.note, probe.request)


def _walks(callers: list[Caller], left: int, profile: Profile) -> Iterator[PlannedRequest]:
    for position, caller in enumerate(callers):
        paging = caller.operation.pagination
        if paging is None:
            continue
        name = caller.name
        sizes = sizes_to_walk(caller, profile)
        if profile is not Profile.SMOKE:
            probes = MOST_OF_FURTHER if position else MOST_OF_FIRST
            what = "pages of {} without a valid token" + (", or out of bounds" if position else "")
            yield PlannedRequest(probes, what.format(name))
            left -= probes
        numbers = ", ".join(str(size) for size in sorted(sizes, reverse=True))
        note = f"all pages of {name} at {paging.size.name} {numbers}"
        if profile is Profile.SMOKE:
            yield PlannedRequest(2, note)
            continue
        most = share_of(left, len(callers) - position - 1) + AROUND
        left -= most
        yield PlannedRequest(most, f"{note}; pages after the last one, and some pages twice")
