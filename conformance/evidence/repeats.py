"""Repeats: requests that were sent more than once, and responses that are unlike the others.

A response that differs from others to the same request says nothing about the request, so the rules
about requests do not judge it; the rules about repeated requests do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..http.exchange import FailureKind

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

    from ..http.exchange import Exchange, Request
    from ..records.record import Record


@dataclass(frozen=True, slots=True)
class Share:
    """How many responses to one request are as unlike the others, and how many there are."""

    odd: int
    of: int

    def __str__(self) -> str:
        """Return it in words."""
        return f"in {self.odd} of {self.of} responses to this request"


@dataclass(frozen=True, slots=True)
class Repeats:
    """The responses that are unlike others to the same request, by the number of their exchange.

    `failed` are 5xx statuses, requests without a complete response, and 4xx statuses of valid
    requests, if another time there was none. `wrong` are the responses to valid requests whose body
    violates the contract, if another one to the same request does not.
    """

    failed: dict[int, Share] = field(default_factory=dict)
    wrong: dict[int, Share] = field(default_factory=dict)

    @classmethod
    def of(cls, groups: Iterable[Sequence[Record]]) -> Repeats:
        """Return the repeats among records, given the records of each request."""
        found = cls()
        for group in groups:
            if len(group) > 1:
                found._compare([record for record in group if not record.is_put_off])
        return found

    def _compare(self, group: Sequence[Record]) -> None:
        failed = [r for r in group if _has_failed(r)]
        rejected = [r for r in group if r.reading.is_valid and r.is_client_error]
        successes = [r for r in group if r.is_success]
        if len(failed) < len(group):
            self._note(self.failed, failed, group)
        if successes:
            self._note(self.failed, rejected, group)
            wrong = [r for r in successes if r.reading.is_valid and r.judgement.violations]
            self._note(self.wrong, wrong if len(wrong) < len(successes) else [], group)

    @staticmethod
    def _note(shares: dict[int, Share], odd: Sequence[Record], group: Sequence[Record]) -> None:
        shares.update((record.number, Share(len(odd), len(group))) for record in odd)

    def share_of(self, record: Record | None) -> Share | None:
        """Return the share of a response that is unlike others, None of any other."""
        number = record.number if record else 0
        return self.failed.get(number) or self.wrong.get(number)

    def is_once(self, record: Record | None) -> bool:
        """Whether this is the only response of the run that failed and did not fail again.

        What is wrong in a complete success response was put there by the server: that counts even
        if it is seen once.
        """
        return record is not None and len(self.failed) == 1 and record.number in self.failed


def _has_failed(record: Record) -> bool:
    failure = record.exchange.failure
    if failure is not None:
        return failure.kind not in {FailureKind.UNDECODED, FailureKind.PROXY}
    return record.is_server_error


def sent_alike(records: Iterable[Record]) -> Mapping[Request, list[Record]]:
    """Return the records of each request, byte for byte the same, in order."""
    same: dict[Request, list[Record]] = {}
    for record in records:
        same.setdefault(record.exchange.request, []).append(record)
    return same


def comes_back(seen: Iterable[tuple[Record, Hashable]]) -> bool:
    """Whether a value returns after another one; what changes stays changed.

    `seen` has the value that each response shows, in order. Of requests that were under way at
    once, it is unknown which was answered first.
    """
    first: dict[Hashable, Exchange] = {}
    others: list[tuple[Exchange, Hashable]] = []
    for record, value in seen:
        exchange = record.exchange
        since = first.setdefault(value, exchange)
        between = (e for e, other in others if other != value and since.is_before(e))
        if any(e.is_before(exchange) for e in between):
            return True
        if not others or others[-1][1] != value:
            others.append((exchange, value))
    return False
