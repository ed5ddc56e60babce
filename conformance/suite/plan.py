"""Planning: what a check would send, in its order, told before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...spec.visible import cut, line
from ..generators.coverage import generated
from ..privacy.redaction import Redaction
from ..probes.plan import AROUND, Profile, first, pages_left, static
from ..probes.walks import share_of, sizes_to_walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..http.exchange import Request
    from ..http.target import Target
    from ..probes.probe import Caller, Probe
    from .survey import RunConfig


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A part of a plan: at most so many requests, and why.

    `request` is what is sent, None where that depends on what is answered.
    """

    most: int
    note: str
    request: Request | None = None


def describe(config: RunConfig, target: Target) -> list[PlannedRequest]:
    """Say what an order would send to a target; nothing is sent.

    Raises GenerationError where nothing can be generated for an operation.
    """
    callers = config.callers(target)
    planned = [_of(first(caller)) for caller in callers]
    for position, operation in enumerate(config.operations(), start=1):
        mine = [caller for caller in callers if caller.operation is operation]
        if not mine:
            continue
        probes = static(config.contract, mine[0], config.profile)
        planned += [_of(probe) for probe in probes if config.may_write or not probe.writes]
        left = pages_left(config.profile, position, sum(part.most for part in planned))
        planned += _walks(
            mine[:1] if config.profile is Profile.SMOKE else mine, left, config.profile
        )
        planned += [_of(p) for p in generated(config.contract, mine[0], config.profile)]
    return planned


def most_requests(config: RunConfig, planned: list[PlannedRequest]) -> int:
    """Give how many requests are sent at most; of the profile deep, before it explores."""
    most = sum(part.most for part in planned)
    return most if config.limit is None else min(most, config.limit)


def lines(config: RunConfig, planned: list[PlannedRequest]) -> Iterator[str]:
    """Write a plan for people: a request a line, the same ones together, without the token."""
    redaction = Redaction((config.token,))
    most = most_requests(config, planned)
    yield f"profile {config.profile}: at most {most} requests"
    position = 0
    while position < len(planned):
        part = planned[position]
        same = 1
        while planned[position + same : position + same + 1] == [part]:
            same += 1
        position += same
        yield _line(part, same, redaction)
    yield (
        "A list that changes while it is read is read again, and so is a request at which the "
        f"server failed: as far as {config.limit} requests allow"
        if config.limit is not None
        else "Then requests and walks that are generated, until the time of --max-time is over"
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
        name = ", ".join(caller.path.values()) or caller.operation.path
        sizes = sizes_to_walk(caller, profile)
        numbers = ", ".join(str(size) for size in sorted(sizes, reverse=True))
        note = f"pages of {name} at {paging.size.name} {numbers}, as many as its total makes"
        if profile is Profile.SMOKE:
            yield PlannedRequest(2, note)
            continue
        most = share_of(left, len(callers) - position - 1) + AROUND
        left -= most
        yield PlannedRequest(most, f"{note}; some past its end, and some again")
