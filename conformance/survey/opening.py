"""The opening: every list is requested once, to see whether anything can be judged."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ...spec.describing import joined
from ..http.exchange import FailureKind
from ..records.finding import answer_of, nouns_of
from ..reporting.run.model import NotJudgedError
from ..requests.probes.plan import first
from ..requests.probes.probe import Probe
from ..requests.sending.gateways import Refuser, who_refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...spec.model.operation import Operation
    from ..evidence.evidence import Evidence
    from ..records.record import Record
    from ..requests.probes.probe import Caller
    from ..requests.sending.sender import Sender

_NOT_SERVED = 501
_GATEWAY = {502, 503, 504}
_WRONG_TOKEN = {401, 403}
_CHECK_ADDRESS = "Check that the server runs there, and that the contract's paths start at this URL"
_CHECK_SCHEME = "If the server uses TLS, the URL has to start with https://"
_WRONG_HEADERS = {400, 406, 415}
_SILENT = {
    FailureKind.REFUSED,
    FailureKind.UNREACHABLE,
    FailureKind.TLS,
    FailureKind.PROXY,
    FailureKind.TIMEOUT,
    FailureKind.DROPPED,
    FailureKind.MALFORMED,
}
# Something responds in these cases.
_RESPONDING = {FailureKind.TLS, FailureKind.PROXY, FailureKind.MALFORMED}
# After so many lists without a response, it is the server that does not respond.
_MOST_SILENT = 2


@dataclass(frozen=True, slots=True)
class _Opened:
    """The lists of one operation that have rows, and those that have none."""

    ready: list[Caller] = field(default_factory=list)
    empty: list[Caller] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Opening:
    """Sends the first requests of a survey.

    With `stub`, an operation that gets status 501 is left out: the stub says why at its start.
    """

    sender: Sender
    stub: bool = False

    @property
    def evidence(self) -> Evidence:
        """The evidence of the survey."""
        return self.sender.evidence

    def request_all(self, callers: list[Caller]) -> tuple[list[Caller], list[Caller]]:
        """Return the callers whose lists have rows, and those whose lists have none.

        A list whose first page is refused is not read, and an operation that no request opens is
        left to `unopened` of the evidence. Raises NotJudgedError if that are all of them.
        """
        ready: list[Caller] = []
        empty: list[Caller] = []
        stopped: list[NotJudgedError] = []
        for of_one in by_operation(callers):
            try:
                found = self._request(of_one, is_last=of_one[-1] is callers[-1])
            except NotJudgedError as error:
                if self.evidence.records and self.evidence.records[-1].response is None:
                    raise
                stopped.append(error)
                self.evidence.unopened[of_one[0].operation.id] = str(error)
                self._set_aside(of_one[0].operation)
                continue
            if found is None:
                return [], []
            ready += found.ready
            empty += found.empty
        if stopped and not ready:
            raise stopped[0]
        return ready, empty

    def _set_aside(self, operation: Operation) -> None:
        """Judge no response to an operation that nothing is known to open."""
        records = [r for r in self.evidence.records if r.operation is operation]
        self.evidence.set_aside(records)

    def _request(self, callers: list[Caller], *, is_last: bool) -> _Opened | None:
        """Request the lists of one operation; return None if the whole run can judge nothing."""
        ready: list[Caller] = []
        others: list[tuple[Caller, Record]] = []
        for each in callers:
            record = self.sender.open(first(each))
            if record is None:
                continue
            if self.stub and record.status == _NOT_SERVED:
                self.evidence.left_out[each.operation.id] = "which the stub does not serve (501)"
                self._set_aside(each.operation)
                return _Opened()
            if record.status in _WRONG_TOKEN and self._wants_bearer(each):
                return None
            last = is_last and each is callers[-1]
            if self._may_be_of_list(record, is_last=last):
                others.append((each, record))
                continue
            if _is_declared(record):
                caller = each
            else:
                self._check_answer(record)
                caller, record = self._as_accepted(each, record)
            rejected = record.is_error_response and not _is_declared(record)
            if rejected or (record.is_success and record.items == []):
                others.append((caller, record))
            else:
                if not caller.operation.writes:
                    self.sender.begin(first(caller), record)
                ready.append(caller)
        self.evidence.unread |= {
            caller.list_id: f"its first page got {answer_of(record)}"
            for caller, record in others
            if not record.is_success
        }
        if not ready:
            self._not_opened(callers[0], others)
        return _Opened(ready, [caller for caller, record in others if record.is_success])

    def _may_be_of_list(self, record: Record, *, is_last: bool) -> bool:
        """Whether a request had no response, and those for other lists have one, or may have."""
        if not _is_silent(record):
            return False
        if any(each.response for each in self.evidence.records):
            return True
        silent = {each.exchange.request for each in self.evidence.records if _is_silent(each)}
        return not is_last and len(silent) < _MOST_SILENT

    def _as_accepted(self, caller: Caller, record: Record) -> tuple[Caller, Record]:
        """Return the caller without headers that the server rejects, and its response."""
        if record.status in _WRONG_HEADERS and caller.operation.required_headers:
            bare = replace(caller, bare=True)
            again = self.sender.open(first(bare))
            if again is not None and again.is_success:
                self.evidence.reader = replace(self.evidence.reader, bare=True)
                return bare, again
        return caller, record

    def _wants_bearer(self, caller: Caller) -> bool:
        """Whether a token that is rejected raw is accepted after Bearer (decision D2)."""
        schemes = caller.operation.first_schemes
        if not schemes or schemes[0].kind != "apiKey" or schemes[0].location != "header":
            return False
        probe = Probe(
            caller.request(token=f"Bearer {caller.token}"), "with Bearer before the token"
        )
        record = self.sender.open(probe)
        if record is None:
            return False
        # It is evidence of nothing else: to the contract, this token is unknown.
        self.evidence.set_aside([record])
        if record.status not in range(200, 300):
            return False
        self.evidence.notes.append(
            f"{caller.name}: the server rejects the raw token and accepts it after Bearer. "
            "The contract requires the raw token; nothing else was judged"
        )
        return True

    def _check_answer(self, record: Record) -> None:
        failure, refusal = record.exchange.failure, who_refused(record)
        client = self.sender.client
        refusal, url = refusal and refusal.of(client.connection), client.target.url
        if failure is not None and failure.kind in _SILENT:
            advice = refusal.advice if refusal else _CHECK_ADDRESS
            if failure.kind is FailureKind.DROPPED and url.startswith("http:"):
                advice = f"{advice}. {_CHECK_SCHEME}"
            what = "cannot be checked" if failure.kind in _RESPONDING else "does not respond"
            raise NotJudgedError(f"{url} {what}: {failure.message.rstrip('.')}. {advice}")
        if record.status in _GATEWAY:
            raise NotJudgedError(
                f"{url} is not available{client.through}: the first response had status "
                f"{record.status}. Try again when the service is up"
            )
        location = record.response.header("Location") if record.response else None
        if record.status in range(300, 400) and location:
            advice = refusal.advice if refusal else "Give the URL that the server redirects to"
            address, mark, _ = location.partition("?")  # a query may name people
            address += f"{mark}…" if mark else ""
            raise NotJudgedError(
                f"{url} redirects to {address}, and redirects are not followed: a check is for "
                f"one server. {advice}"
            )
        if record.is_put_off:
            raise NotJudgedError(
                f"{url} accepts no more requests for now (429). Try again later, or with --rate"
            )
        accepted = any(each.is_success and each is not record for each in self.evidence.records)
        is_refused = record.status in _WRONG_TOKEN or (
            refusal is not None and refusal.kind in {Refuser.CERTIFICATE, Refuser.LOGIN_PAGE}
        )
        if refusal is not None and is_refused and not accepted:
            raise NotJudgedError(
                f"{refusal.what}: the first response had status {record.status}. {refusal.advice}"
            )

    def _not_opened(self, caller: Caller, others: list[tuple[Caller, Record]]) -> None:
        operation, nouns = caller.operation, nouns_of(caller.operation)
        responses = "; ".join(f"{c.name} got {answer_of(r)}" for c, r in others)
        check = self._address(operation)
        if operation.pagination is None:
            names = [f"--path {p.name}=VALUE" for p in operation.located("path")]
            name = f"Name what exists with {joined(names, 'and')}, and {check}"
            hint = name if names else f"{check[:1].upper()}{check[1:]}"
            raise NotJudgedError(f"{operation.label} is not judged: {responses}. {hint}")
        which = f"no {nouns.list} has" if len(others) > 1 else f"the {nouns.list} has no"
        raise NotJudgedError(
            f"{which} {nouns.rows}, so items and paging cannot be judged: "
            f"{responses or operation.path}. Name a {nouns.list} with {nouns.rows} by --course, "
            f"and {check}"
        )

    def _address(self, operation: Operation) -> str:
        """Return the advice to check the URL, with another one if that seems to be meant."""
        target, base = self.sender.client.target, self.evidence.contract.base_path
        check = f"check that the contract's paths start at {target.url}"
        if base and not target.prefix:
            return f"{check}, and not at {target.url}{base} as its servers say"
        if common := _common(target.prefix, operation.path):
            shorter = target.url.removesuffix(common)
            return f"{check}, and not at {shorter}: they begin with {common} themselves"
        return check


def _common(prefix: str, path: str) -> str:
    """Return the end of a prefix that is the beginning of a path, '' if there is none."""
    ends, begins = prefix.split("/")[1:], path.split("/")[1:]
    for number in range(min(len(ends), len(begins)), 0, -1):
        pairs = list(zip(ends[-number:], begins, strict=False))
        if pairs[0][0] == pairs[0][1] and all(a == b or b[:1] == "{" for a, b in pairs):
            return "".join(f"/{end}" for end, _ in pairs)
    return ""


def by_operation(callers: Iterable[Caller]) -> list[list[Caller]]:
    """Return callers by their operation, in order."""
    found: dict[str, list[Caller]] = {}
    for caller in callers:
        found.setdefault(caller.operation.id, []).append(caller)
    return list(found.values())


def _is_declared(record: Record) -> bool:
    """Whether a response redirects, as its operation declares."""
    declared = {str(record.status), "3XX"} & record.operation.responses.keys()
    return record.status in range(300, 400) and bool(declared)


def _is_silent(record: Record) -> bool:
    failure = record.exchange.failure
    return failure is not None and failure.kind in {FailureKind.TIMEOUT, FailureKind.DROPPED}
