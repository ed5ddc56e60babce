"""Gaps: what a run does not send, or cannot judge, and what would help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...spec.describing import counted
from ...spec.secrets.masking import MASK
from ..evidence.evidence import Evidence, Gap
from ..http.exchange import FailureKind
from ..records.finding import nouns_of
from ..records.request_parser import RequestParser
from ..requests.probes.plan import Profile
from ..rules.lists.expected_lists import expected_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...spec.contract import Contract
    from ..config.run_config import RunConfig
    from ..http.exchange import Request
    from ..requests.probes.probe import Caller

# The conditions of requests with methods that may write.
_WRITING = ("otherMethods", "notAllowed")
_MINE = "add --mine to send methods that may write to lists that exist, if the server is your own"


def nothing_sent(config: RunConfig, callers: Sequence[Caller], prefix: str) -> Evidence:
    """Return the evidence of a run before its first request, with what it will not send, and why.

    `prefix` comes before the contract's paths in a target.
    """
    contract = config.contract
    known = {value for caller in callers for value in caller.path.values()}
    known |= {value for each in config.expectations for _, value in each.path}
    reader = RequestParser(
        contract=contract,
        prefix=prefix,
        tokens=frozenset({config.token, MASK}),
        known=frozenset(known),
    )
    evidence = Evidence(contract, reader, expectations=config.expectations)
    paged = [caller for caller in callers if caller.operation.pagination]
    evidence.lists = {caller.list_id: caller.name for caller in paged}
    evidence.unread = dict.fromkeys(evidence.lists, "the requests ended before it was read")
    evidence.left_out = {
        operation.id: reason
        for operation in contract.operations
        if (reason := config.left_out(operation))
    }
    if not config.mine and not any(caller.nowhere for caller in callers):
        gap = Gap("the contract names no list that does not exist (x-unknown)", _MINE)
        evidence.not_sent |= dict.fromkeys(_tied(contract, *_WRITING), gap)
    for operation in config.operations():
        if operation.pagination and sum(c.operation is operation for c in callers) < 2:  # noqa: PLR2004 - it compares two
            distinct = operation.pagination.requirements.get("distinct", "")
            noun = nouns_of(operation).list
            gap = Gap(f"it takes two {noun}s, and one was named", f"name a second {noun}")
            evidence.not_sent[distinct] = gap
    if not config.mine:
        gap = Gap("it takes requests that change items", "add --mine if the server is your own")
        evidence.not_sent |= dict.fromkeys(_of_changes(contract), gap)
    if config.overlap == 0:
        gap = Gap("no requests are sent at once, because overlap is 0", "omit --overlap")
        evidence.not_sent |= dict.fromkeys(_tied(contract, "overlap"), gap)
    if config.profile is Profile.SMOKE:
        for requirement in contract.register:
            reason = "the profile smoke sends too few requests to judge it"
            evidence.not_sent.setdefault(requirement.id, Gap(reason, "use --profile gate"))
    return evidence


def has_rows(evidence: Evidence, request: Request) -> bool:
    """Whether a response showed rows at the path of a request that is for nowhere.

    Requests that may write are then not sent there.
    """
    path = request.path
    if not any(r.items for r in evidence.records if r.exchange.request.path == path):
        return False
    gap = Gap(f"{path}, which should not exist, has rows", _MINE)
    tied = _tied(evidence.contract, *_WRITING)
    evidence.not_sent |= dict.fromkeys(tied, gap)
    return True


def explain(evidence: Evidence) -> None:
    """Note what was requested or expected, and cannot be judged."""
    for record in evidence.records:
        if record.response is None or record.is_put_off:
            # A request was sent, so the profile did not leave it out.
            for condition in record.reading.conditions:
                evidence.not_sent.pop(condition.requirement or "", None)
    for expectation in evidence.expectations:
        if not expected_list(evidence, expectation).is_shown:
            what = f"{expectation.kind.value} is not judged"
            evidence.notes.append(
                f"{expectation.name}: {what} ({expectation.place}); too little was read"
            )
    put_off = sum(r.is_put_off and not r.exchange.throttled for r in evidence.records)
    if put_off:
        many = "requests got status 429 and are"
        what = counted(put_off, "request got status 429 and is", many)
        evidence.notes.append(f"{what} not judged: try --rate")
    failures = (r.exchange.failure for r in evidence.records)
    undecoded = [f.message for f in failures if f and f.kind is FailureKind.UNDECODED]
    if undecoded:
        what = counted(len(undecoded), "response is", "responses are")
        evidence.notes.append(f"{what} not judged: {undecoded[0]}")


def _of_changes(contract: Contract) -> list[str]:
    """Return the requirements about items that requests create, change or delete."""
    resources = (op.resource for op in contract.operations if op.resource and op.writes)
    return [id_ for resource in resources for id_ in resource.requirements.values()]


def _tied(contract: Contract, *conditions: str) -> list[str]:
    """Return the requirements that operations tie to some conditions."""
    tables = [operation.requirements for operation in contract.operations]
    return [table[name] for table in tables for name in conditions if name in table]
