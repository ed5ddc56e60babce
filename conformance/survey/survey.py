"""The survey: it sends the requests of a profile and gathers the evidence; it judges nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...spec.model.resource import Action
from ..client.client import RequestLimit
from ..evidence.overlap import take_in
from ..records.parsed_request import UNKNOWN_LIST
from ..reporting.run.model import NotJudgedError
from ..requests.generators.coverage import generated
from ..requests.generators.documents import GenerationError
from ..requests.probes.plan import MOST_REMINDERS, REPEATS, Profile, static
from ..requests.sending.confirming import Confirmations
from ..requests.sending.current_token import CurrentToken
from ..requests.sending.patience import Patience
from ..requests.sending.sender import Sender
from ..requests.sending.watch import RunEndedError
from .gaps import explain, has_rows, nothing_sent
from .opening import Opening, by_operation
from .overlap import Overlap
from .reading import ListReader, read_again
from .resources import ListItems, is_about_item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ..client.client import Client
    from ..config.run_config import RunConfig
    from ..evidence.evidence import Evidence
    from ..records.parsed_request import ParsedRequest
    from ..records.record import Record
    from ..requests.probes.probe import Caller

_REMINDERS_OF_FURTHER = 1
# Of the time of a deep run.
_SHARE_OF_OVERLAP = 0.2


@dataclass(slots=True)
class Survey:
    """Carries out a survey with a client; `note` is called with messages about its progress."""

    config: RunConfig
    client: Client
    note: Callable[[str], None] = lambda _: None
    sender: Sender = field(init=False)
    _callers: list[Caller] = field(init=False)

    def __post_init__(self) -> None:
        self._callers = self.config.callers(self.client.target)
        self.sender = Sender(
            self.client,
            nothing_sent(self.config, self._callers, self.client.target.prefix),
            Confirmations(self.config.profile),
            Patience(self.client.timeout),
            CurrentToken(self.config.token, self.config.token_source),
            jobs=self.config.jobs,
            reminders=MOST_REMINDERS[self.config.profile]
            + _REMINDERS_OF_FURTHER * (len(self._callers) - 1),
        )

    @property
    def evidence(self) -> Evidence:
        """What was gathered until now."""
        return self.sender.evidence

    def run(self) -> Evidence:
        """Gather the evidence; raise NotJudgedError if the first responses cannot be judged."""
        began, duration = time.monotonic(), self.config.duration
        until = self.sender.patience.until = None if duration is None else began + duration
        evidence = self.evidence
        try:
            reading = [each for each in self._callers if not each.operation.writes]
            reading = [each for each in reading if not _is_of_unknown_item(each)]
            ready, empty = Opening(self.sender, self.config.stub).request_all(reading)
            self.sender.settle(REPEATS[self.config.profile])
            reader = ListReader(self.config, evidence, self.sender, self.note)
            for mine in by_operation(ready):
                self._probe(mine[0])
                self._overlap(mine, began)
                self.sender.send_all(self.config.with_other_tokens(mine[0]))
                id_ = mine[0].operation.id
                reader.read(mine, [each for each in empty if each.operation.id == id_])
                self._probe_generated(mine[0])
            take_in(evidence)
            read_again(self.sender)
            if ready or not reading:
                self._write([each for each in self._callers if each.operation.writes])
            self.follow(ready)
            if self.config.profile is Profile.DEEP and until is not None:
                self._explore(ready, until)
        except RequestLimit as limit:
            evidence.notes.append(f"{limit}: requests that were not sent by then are not judged")
        except RunEndedError as error:
            evidence.ended = str(error)
            evidence.notes += [error.advice] if error.advice else []
        evidence.notes += self.sender.notes()
        explain(evidence)
        return evidence

    def _probe(self, caller: Caller) -> None:
        config = self.config
        probes = list(static(config.contract, caller, config.profile, mine=config.mine))
        self.sender.send_all(probe for probe in probes if not probe.nowhere)
        nowhere = (probe for probe in probes if probe.nowhere)
        self.sender.send_all(each for each in nowhere if not has_rows(self.evidence, each.request))

    def _write(self, callers: list[Caller]) -> None:
        """Send the operations that write: what is wrong first, as a valid request is sent once."""
        opening, reader = Opening(self.sender, self.config.stub), self.evidence.reader
        stopped: list[NotJudgedError] = []
        for caller in callers:
            probes = static(self.config.contract, caller, self.config.profile, mine=True)
            readings = ((probe, reader.read(probe.request)) for probe in probes)
            refused = [probe for probe, read in readings if read is not None and _is_refused(read)]
            if any(record.response for record in self.evidence.records):
                self.sender.send_all(refused)
                refused = []
            if is_about_item(caller.operation):
                continue
            try:
                opening.request_all([caller])
            except NotJudgedError as error:
                stopped.append(error)
                continue
            self.sender.send_all(refused)
        if stopped and len(stopped) == len(self._callers):
            raise stopped[0]

    def follow(self, ready: list[Caller]) -> None:
        """Show and change the items of lists: of the first list of each operation."""
        first = {each.operation.id: each for each in reversed(ready)}
        for id_, callers in _by_list(self._callers):
            if id_ in first:
                known = ListItems(self.config, self.sender, first[id_], callers).run()
                show = callers.get(Action.SHOW)
                if known and show is not None and _is_of_unknown_item(show):
                    self._probe(show.of(**known))
        sent = {each.operation.id for each in self.evidence.records if each.reading.is_valid}
        for operation in self.config.operations():
            if operation.resource is not None and operation.id not in sent:
                self.evidence.left_out[operation.id] = "because no item was found for it"

    def _overlap(self, callers: list[Caller], began: float) -> None:
        if "overlap" not in callers[0].operation.requirements:
            return
        until = began + _SHARE_OF_OVERLAP * (self.config.duration or 0)

        def is_over() -> bool:
            return self.config.profile is Profile.DEEP and time.monotonic() > until

        total = self.evidence.total_of(callers[0].list_id) or 0
        Overlap(self.sender, is_over).run(callers, total, self.config.pairs)

    def _probe_generated(self, caller: Caller) -> None:
        try:
            probes = list(generated(self.config.contract, caller, self.config.profile))
        except GenerationError as error:
            self.evidence.notes.append(f"{caller.operation.id}: {error}")
            return
        self.sender.send_all(probes)

    def _explore(self, ready: list[Caller], until: float) -> None:
        from ..requests.generators.exploration import Exploration  # noqa: PLC0415 - takes long to import
        from ..requests.generators.session import Session, SessionEndedError  # noqa: PLC0415 - takes long to import

        self.client.forget()
        stopped: list[Exception] = []

        def is_fair(record: Record) -> bool:
            try:
                return self.sender.is_fair(record)
            except (RunEndedError, RequestLimit) as error:
                stopped.append(error)
                session.has_ended = True
                raise SessionEndedError from error

        contract, reader = self.config.contract, self.evidence.reader
        session = Session(self.client, contract, reader, until, is_fair=is_fair)
        exploration = Exploration(session, ready, self.config.seed, self.note)
        # Exchanges that are not kept are not recorded either, as they would fill the disk.
        told, self.client.on_exchange = self.client.on_exchange, None
        try:
            exploration.run()
        except GenerationError as error:
            self.evidence.notes.append(f"the profile deep could not explore: {error}")
        finally:
            self.client.on_exchange = told
            exploration.report_to(self.evidence)
        if stopped:
            raise stopped[0]


def _is_refused(reading: ParsedRequest) -> bool:
    """Whether a request is wrong, or names what does not exist."""
    return reading.is_invalid or reading.only(UNKNOWN_LIST) is not None


def _by_list(callers: Iterable[Caller]) -> Iterator[tuple[str, Mapping[Action, Caller]]]:
    """Yield the operations about the items of each list, one for each action at once."""
    left: dict[str, list[Caller]] = {}
    for caller in {each.operation.id: each for each in reversed([*callers])}.values():
        if caller.operation.resource is not None:
            left.setdefault(caller.operation.resource.list, []).append(caller)
    for id_, mine in left.items():
        while mine:
            pairs = ((each.operation.resource, each) for each in mine)
            found = {own.action: each for own, each in pairs if own is not None}
            mine[:] = [each for each in mine if each not in found.values()]
            yield id_, found


def _is_of_unknown_item(caller: Caller) -> bool:
    """Whether a request shows an item whose key is generated, so that no list may have it."""
    resource = caller.operation.resource
    if resource is None or resource.key is None or resource.key not in caller.draft.drawn:
        return False
    return caller.path[resource.key] == caller.draft.path[resource.key]
