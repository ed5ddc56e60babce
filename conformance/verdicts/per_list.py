"""Verdicts by list: what a run found for a requirement in each of the lists that were named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..evidence.walk import ListId, Walk
from ..records.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..evidence.evidence import Evidence
    from ..records.finding import Finding


@dataclass(slots=True)
class ListTally:
    """What was judged for one requirement in each of several lists, and what was found there.

    A subject of a rule counts for each list that its requests are for. A request for a list that
    was not named, such as an unknown one, counts for the first list of its operation, since it was
    made from a request for that one.
    """

    evidence: Evidence
    judged: Counter[ListId] = field(default_factory=Counter)
    found: Counter[ListId] = field(default_factory=Counter)
    once: Counter[ListId] = field(default_factory=Counter)
    _first: Mapping[str, ListId] = field(init=False)
    _known: dict[ListId, ListId | None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._first = {id_[0]: id_ for id_ in reversed(self.evidence.lists)}

    def judge(self, subject: object) -> list[ListId]:
        """Count a subject of a rule, and return its lists."""
        lists = list(dict.fromkeys(self._lists_of(subject)))
        self.judged.update(lists)
        return lists

    def find(self, finding: Finding, lists: Sequence[ListId]) -> None:
        """Count a finding about a subject for the list that it names, or else for all of them."""
        own = None if finding.record is None or not lists else self._named(finding.record)
        where = lists if own is None else (own,)
        self.found.update(where)
        if finding.is_once:
            self.once.update(where)

    def _lists_of(self, subject: Any) -> Iterator[ListId]:
        if isinstance(subject, (Record, Walk)):
            if (named := self._named(subject)) is not None:
                yield named
        elif isinstance(subject, (tuple, list)):
            for each in subject:
                yield from self._lists_of(each)
        elif isinstance(record := getattr(subject, "record", None), Record):
            yield from self._lists_of(record)

    def _named(self, subject: Record | Walk) -> ListId | None:
        """Return the named list of a request or a walk, None if its operation has none."""
        of = subject.reading.collection if isinstance(subject, Record) else subject.collection
        id_ = subject.operation.id, of
        if id_ not in self._known:
            names = subject.operation.path_names
            whole = id_[0], tuple(pair for pair in of if pair[0] in names)  # without its filters
            named = whole in self.evidence.lists
            self._known[id_] = whole if named else self._first.get(id_[0])
        return self._known[id_]
