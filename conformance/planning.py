"""Planning: what a check would send, in its order, told before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .probes.plan import AROUND, Profile, first, generated, pages_left, static
from .probes.walks import share_of, sizes_to_walk
from .redaction import Redaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .exchange import Request
    from .probes.probe import Caller, Probe
    from .survey import Order
    from .target import Target


@dataclass(frozen=True, slots=True)
class Planned:
    """A part of a plan: at most so many requests, and why.

    `request` is what is sent, None where that depends on what is answered.
    """

    most: int
    note: str
    request: Request | None = None


def describe(order: Order, target: Target) -> list[Planned]:
    """Say what an order would send to a target; nothing is sent.

    Raises GenerationError where nothing can be generated for an operation.
    """
    callers = order.callers(target)
    planned = [_of(first(caller)) for caller in callers]
    for position, operation in enumerate(order.operations(), start=1):
        mine = [caller for caller in callers if caller.operation is operation]
        if not mine:
            continue
        probes = static(order.contract, mine[0], order.profile)
        planned += [_of(probe) for probe in probes if order.may_write or not probe.writes]
        left = pages_left(order.profile, position, sum(part.most for part in planned))
        planned += _walks(mine[:1] if order.profile is Profile.SMOKE else mine, left, order.profile)
        planned += [_of(p) for p in generated(order.contract, mine[0], order.profile)]
    return planned


def most_requests(order: Order, planned: list[Planned]) -> int:
    """Give how many requests are sent at most; of the profile deep, before it explores."""
    most = sum(part.most for part in planned)
    return most if order.limit is None else min(most, order.limit)


def lines(order: Order, planned: list[Planned]) -> Iterator[str]:
    """Write a plan for people: a request a line, the same ones together, without the token."""
    redaction = Redaction((order.token,))
    most = most_requests(order, planned)
    yield f"profile {order.profile}: at most {most} requests"
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
        f"server failed: as far as {order.limit} requests allow"
        if order.limit is not None
        else "Then requests and walks that are generated, until the time of --max-time is over"
    )


def _line(part: Planned, times: int, redaction: Redaction) -> str:
    if part.request is None:
        return f"  up to {part.most:>4}  {part.note}"
    target = ascii(redaction.data(part.request.target).decode("latin-1"))[1:-1]
    shown = target if len(target) <= _WIDEST else f"{target[:_WIDEST]}…"
    return f"  {times:>10}  {part.request.method} {shown}  ({part.note})"


_WIDEST = 120


def _of(probe: Probe) -> Planned:
    return Planned(1, probe.note, probe.request)


def _walks(callers: list[Caller], left: int, profile: Profile) -> Iterator[Planned]:
    for position, caller in enumerate(callers):
        paging = caller.operation.pagination
        if paging is None:
            continue
        name = ", ".join(caller.path.values()) or caller.operation.path
        sizes = sizes_to_walk(caller, profile)
        numbers = ", ".join(str(size) for size in sorted(sizes, reverse=True))
        note = f"pages of {name} at {paging.size.name} {numbers}, as many as its total makes"
        if profile is Profile.SMOKE:
            yield Planned(2, note)
            continue
        most = share_of(left, len(callers) - position - 1) + AROUND
        left -= most
        yield Planned(most, f"{note}; some past its end, and some again")
