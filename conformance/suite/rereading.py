"""Reading again: responses that disagree are requested once more before anything is blamed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..http.exchange import Request
    from ..sending.sender import Sender

MOST_READ_AGAIN = 6
"""Requests that are sent again, at most: a run without disagreement sends none."""


def read_again(sender: Sender) -> None:
    """Send requests again whose responses disagree with others, the later response first."""
    probes, evidence = sender.probes, sender.evidence
    sent: set[Request] = set()
    while len(sent) < MOST_READ_AGAIN:
        wanted = [
            record
            for pair in evidence.agreement.unresolved()
            for record in pair
            if record.number in probes and record.exchange.request not in sent
        ]
        if not wanted:
            return
        sent.add(wanted[0].exchange.request)
        probe = probes[wanted[0].number]
        sender.send(replace(probe, note=f"{probe.note}, again because responses disagree"))
