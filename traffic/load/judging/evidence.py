"""The evidence of a load test: the few exchanges that are kept of all that were judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ....conformance.evidence.agreement import Agreement
from ....conformance.evidence.evidence import Evidence
from ....conformance.evidence.walk import Walk, list_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ....conformance.evidence.chain import Chain
    from ....conformance.evidence.repeats import Repeats, Share
    from ....conformance.evidence.walk import ListId
    from ....conformance.records.record import Record


@dataclass
class LoadEvidence(Evidence):
    """Exchanges of many users, while others may change the lists.

    `viewers` has the number of the token of each exchange, by the exchange's number. `states` are
    the numbers of exchanges that show one state of a list. `bounds` has the smallest and the
    largest total that each list stated to a token, in all exchanges. `shares` has, by token and
    target, how many of all responses were no success, and how many broke a schema or a law.
    """

    viewers: Mapping[int, int] = field(default_factory=dict)
    states: Sequence[Sequence[int]] = ()
    bounds: Mapping[tuple[int, ListId], tuple[int, int]] = field(default_factory=dict)
    shares: Mapping[tuple[int, str], tuple[Share, Share]] = field(default_factory=dict)

    @property
    def is_one_run(self) -> bool:
        """Whether nothing changes: others may change the lists during the run."""
        return False

    @cached_property
    def walks(self) -> list[Walk]:
        """The pages of each state, as they would be read one after another."""
        by_number = {record.number: record for record in self.records}
        found: dict[tuple[int, ListId, int], Walk] = {}
        for session, numbers in enumerate(self.states):
            for record in (by_number[each] for each in numbers if each in by_number):
                size, page = record.reading.size, record.reading.page
                if size is not None and page is not None:
                    walk = Walk(
                        record.operation,
                        record.reading.collection,
                        size,
                        settled=True,
                        session=session,
                    )
                    walk = found.setdefault((session, list_of(record), size), walk)
                    walk.readings.setdefault(page, []).append(record)
        return list(found.values())

    @cached_property
    def repeats(self) -> Repeats:
        """The requests that were sent more than once, with what is known of all responses."""
        found = super().repeats
        for kind, shares in enumerate((found.failed, found.wrong)):
            for record in self.records if shares else ():
                target = record.exchange.request.target.decode("latin-1")
                known = self.shares.get((self.viewers.get(record.number, 0), target))
                if record.number in shares and known is not None:
                    shares[record.number] = known[kind]
        return found

    @property
    def chains(self) -> list[Chain]:
        """None: a list with cursors may change from page to page."""
        return []

    @cached_property
    def agreement(self) -> Agreement:
        """The rows that several responses show to the same token, compared where nothing changes.

        The evidence has few of all responses: members that may change are not compared.
        """
        viewers = self.viewers
        return Agreement(
            self, viewer_of=lambda record: viewers.get(record.number, 0), only_stable=True
        )

    def is_within(self, record: Record) -> bool:
        """Whether the requested page had rows all the time, or is the first."""
        bounds = self._bounds_of(record)
        first = record.reading.first_row
        return (
            first == 0 or record.reading.page is None or (bounds is not None and first < bounds[0])
        )

    def is_past_end(self, record: Record) -> bool:
        """Whether the requested page was past the last one all the time."""
        bounds = self._bounds_of(record)
        return bounds is not None and record.reading.first_row >= max(bounds[1], 1)

    def _bounds_of(self, record: Record) -> tuple[int, int] | None:
        found = self.bounds.get((self.viewers.get(record.number, 0), list_of(record)))
        total = record.total
        if total is None or not record.reading.is_valid:
            return found
        least, most = found or (total, total)
        return min(least, total), max(most, total)
