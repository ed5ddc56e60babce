"""Known responses: what was read from the responses of the run without a mutant.

Most responses of a run with a mutant are the same. They are not parsed and judged again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..evidence.evidence import Evidence
from ..survey.survey import Survey

if TYPE_CHECKING:
    from ..http.exchange import Exchange
    from ..records.parsed_request import ParsedRequest
    from ..records.record import Record

_COMPUTED = ("document", "body", "is_error_by_body", "items", "keys", "judgement")

Known = dict[Any, tuple["ParsedRequest", dict[str, Any]]]
"""The parsed request, and what a record computes, by request and response."""


class KnownEvidence(Evidence):
    """The evidence of a run whose responses may be known."""

    known: Known

    def add(
        self, exchange: Exchange, reading: ParsedRequest | None = None, *, apart: bool = False
    ) -> Record | None:
        """Add an exchange; return its record, with all that is known about it."""
        reading, computed = self.known.get(self._key(exchange), (reading, {}))
        record = super().add(exchange, reading, apart=apart)
        if record is not None:
            record.__dict__.update(computed)
        return record

    def learn(self) -> None:
        """Remember what was computed for the records."""
        for record in (*self.records, *self.apart):
            computed = {
                name: record.__dict__[name] for name in _COMPUTED if name in record.__dict__
            }
            self.known[self._key(record.exchange)] = (record.reading, computed)

    def _key(self, exchange: Exchange) -> object:
        return exchange.request, exchange.response, self.reader.bare


class KnownSurvey(Survey):
    """A survey with such evidence."""

    def use(self, known: Known) -> None:
        """Use what is known, before the first request is sent."""
        evidence = KnownEvidence(**vars(self.sender.evidence))
        evidence.known = known
        self.sender.use(evidence)
