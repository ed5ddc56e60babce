"""Overlap: responses to requests under way at once, compared with what the requests get alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..records.record import STATUS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...spec.documents.pointers import Pointer
    from ..records.record import Content, Record
    from .evidence import Evidence

_NOTHING = object()
"""What a content has at a place that it lacks."""
_MORE_THAN_ONCE = 2


@dataclass(frozen=True, slots=True)
class Overlapped:
    """A response to a request that was under way at once with `other`.

    `alone` are the responses that the same request got alone. `content` is what this response says,
    `expected` what those say, and `others` what the other request gets alone. `wrong` has the
    places at which all of `expected` agree and `content` differs.
    """

    record: Record
    other: Record
    alone: Sequence[Record]
    content: Content
    expected: Sequence[Content]
    others: Sequence[Content]
    is_blamed: bool = False
    wrong: Sequence[Pointer] = field(init=False, default=())

    def __post_init__(self) -> None:
        if all(each == self.content for each in self.expected):
            return  # as nearly always
        places = dict.fromkeys(place for each in (*self.expected, self.content) for place in each)
        wrong = [place for place in places if _differs(place, self.content, self.expected)]
        object.__setattr__(self, "wrong", tuple(wrong))

    @property
    def was_at_once(self) -> bool:
        """Whether both requests were under way at one moment, and not one after the other."""
        one, other = self.record.exchange, self.other.exchange
        starts = one.started <= other.started + other.duration
        return starts and other.started <= one.started + one.duration

    @property
    def was_sent_again(self) -> bool:
        """Whether the request got a response alone after this one, too."""
        return any(each.number > self.record.number for each in self.alone)

    @property
    def is_others(self) -> bool:
        """Whether all that is wrong is what the other request gets."""
        return any(
            all(_at(each, place) == _at(self.content, place) for place in self.wrong)
            for each in self.others
        )

    @property
    def is_others_whole(self) -> bool:
        """Whether this is the response of the other request in all that does not change alone."""
        return any(
            all(
                _at(each, place) == _at(self.content, place) or self._varies(place)
                for place in {**each, **self.content}
            )
            for each in self.others
        )

    def _varies(self, place: Pointer) -> bool:
        return any(_at(each, place) != _at(self.expected[0], place) for each in self.expected)

    @property
    def place(self) -> Pointer | None:
        """The first wrong place in the body with a value in both; None if there is none.

        There is none either if the statuses differ.
        """
        if STATUS in self.wrong:
            return None
        both = (p for p in self.wrong if p and p in self.content and p in self.expected[0])
        return next(both, None)

    def values(self, place: Pointer) -> tuple[Any, Any]:
        """Return the values at a place: alone, and here."""
        return self.expected[0][place], self.content[place]


def _differs(place: Pointer, mine: Content, alone: Sequence[Content]) -> bool:
    expected = [_at(each, place) for each in alone]
    return (
        bool(expected)
        and all(e == expected[0] for e in expected)
        and expected[0] != _at(mine, place)
    )


def _at(values: Content, place: Pointer) -> Any:
    return values.get(place, _NOTHING)


def overlapped(evidence: Evidence) -> list[Overlapped]:
    """Return the responses to requests under way at once that can be compared.

    One is blamed if its request got another response alone before and after it, and what is wrong
    is what the other request gets, or there are several such responses. If requests got different
    responses alone, too, it has to be the whole response of the other request. A failure is not
    blamed if requests also fail alone.
    """
    records = {record.number: record for record in evidence.apart}
    found = []
    for record in evidence.apart:
        other = next((records[n] for n in record.exchange.overlapping if n in records), None)
        if other is not None and record.number not in other.exchange.overlapping:
            other = None  # the numbers are of another recording
        alone = _alone(evidence, record)
        if other is not None and alone and _is_usable(record):
            expected = [each.content for each in alone]
            others = [each.content for each in _alone(evidence, other)]
            found.append(Overlapped(record, other, alone, record.content, expected, others))
    wrong = [each for each in found if each.wrong]
    if not wrong:
        return found
    fails_alone = bool(evidence.repeats.failed) or any(r.was_cut_off for r in evidence.records)
    varies_alone = any(
        record.content != records[0].content
        for records in evidence.repeated
        for record in records[1:]
    )
    often = len(wrong) >= _MORE_THAN_ONCE

    def is_blamed(each: Overlapped) -> bool:
        if not each.wrong or not each.was_sent_again or (fails_alone and STATUS in each.wrong):
            return False
        return each.is_others_whole if varies_alone else often or each.is_others

    return [replace(each, is_blamed=is_blamed(each)) for each in found]


def _alone(evidence: Evidence, record: Record) -> list[Record]:
    same = evidence.same_as(record)
    return [each for each in same if _is_usable(each) and not each.exchange.overlapping]


def take_in(evidence: Evidence) -> None:
    """Let all rules judge the responses to requests under way at once, where overlap is no cause.

    A response that is blamed on overlap says nothing about its request; neither do others that
    differ from those alone in the same run.
    """
    found = overlapped(evidence)
    left_out = {each.record.number for each in found if each.wrong}
    if not any(each.is_blamed for each in found):
        left_out.clear()
    taken = (
        r
        for r in evidence.apart
        if r.exchange.overlapping and r.number not in left_out and _is_usable(r)
    )
    evidence.take_in(taken)


def _is_usable(record: Record) -> bool:
    """Whether the server did not put the request off."""
    response = record.response
    return not record.is_put_off and (response is None or response.header("Retry-After") is None)
