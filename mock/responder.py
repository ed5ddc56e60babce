"""The responder: makes the response to a request that is routed and authorized.

It knows operations only through the contract. A response follows from the request, the contract,
the seed and the scenarios; the only state are sequences, which the requests name.
"""

from __future__ import annotations

import http
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from ..spec.documents.problems import SourceError
from .access.security import credential
from .data import times
from .data.attempts import TOO_ODD, UnserveableError
from .data.dataset import values_of
from .data.keystream import digest
from .data.makers.compiler import Compiler
from .data.providers import ProviderError, Providers
from .http import bodies, declared, lists, preferences
from .http.bodies import Body
from .http.error_response import ErrorResponse
from .http.errors import ErrorBodies, numbers
from .http.media import Formats
from .http.preferences import Preferences
from .http.request_parser import ParameterParser, Parameters
from .requests.draft import Drafts
from .resources.resources import Asked, Resources
from .resources.store import ListName
from .scenarios.assigned import AssignedScenarios
from .scenarios.scenarios import Scenarios
from .sequences import ANOTHER_TOKEN, Sequences

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ..spec.contract import Contract
    from ..spec.model.media import DeclaredResponse
    from ..spec.model.operation import Operation
    from ..spec.model.resource import Resource
    from .data.dataset import Collection
    from .faults import Fault
    from .faults.examples import Lists
    from .http.request_parser import IncomingRequest
    from .lists.stub_list import StubList
    from .response import StubResponse
    from .scenarios.scenario import Scenario
    from .sequences import Left, Limit
    from .settings import Settings

NONE = Preferences()
"""The preferences of a request without any."""
_CHECKED = 16
"""How many items are checked against laws about the time of a request."""
_BAD, _GONE, _NOT_KNOWN = 400, 404, 501
_MOST_PREPARED = 200
"""Operations that a contract may have for all of them to be prepared at the start."""
_OURS = {"x-faker", "x-faker-locale"}


def _unserved(reason: str) -> ErrorResponse:
    return ErrorResponse(_NOT_KNOWN, "Operation is not served", f"it is not served: {reason}")


class Responder:
    """Responds to the requests of one contract.

    Raises SourceError, with file and line, if the contract cannot be served, or if a scenario or a
    fault does not fit it.
    """

    def __init__(self, contract: Contract, settings: Settings) -> None:
        self.contract, self.settings = contract, settings
        self.sequences = Sequences()
        seed = digest(b"", "seed", settings.seed)
        compiler = Compiler(contract.document, Providers.of(contract, settings.today))
        try:
            self.errors = ErrorBodies(contract, compiler, numbers(), seed)
        except ProviderError as error:
            raise SourceError([contract.source.problem(error.place, str(error))]) from None
        self.unserved: dict[str, str] = {}
        """Why operations are not served, by id."""
        self._seed, self._compiler = seed, compiler
        self._plans: dict[str, _Plan] = {}
        for operation in contract.operations:
            if operation.unserved or operation.listing or not self.is_large:
                self.prepare(operation)
        known = {id_: plan.list for id_, plan in self._plans.items() if plan.list is not None}
        self.resources = Resources(contract, known, settings.workers)
        if settings.today is not None:
            self._check_times(settings.today)
        self.scenarios = Scenarios.load(contract, known, settings.fixtures)
        self.assigned = AssignedScenarios(contract, known, self.scenarios)
        names = ("faults.yaml", "faults")
        if any((folder / name).exists() for folder in settings.fixtures for name in names):
            # Read now, so that their mistakes are reported at the start.
            _ = self.faults

    @property
    def is_large(self) -> bool:
        """Whether only lists are prepared at the start, and all else at its first request."""
        return len(self.contract.operations) > _MOST_PREPARED

    def prepare(self, operation: Operation) -> _Plan | None:
        """Make the plan of an operation, or keep why it is not served."""
        if operation.unserved:
            self.unserved[operation.id] = operation.unserved
            return None
        try:
            plan = _Plan(self.contract, operation, self._compiler, self._seed, self.settings)
        except ProviderError as error:
            problem = self.contract.source.problem(error.place, str(error))
            if operation.pagination is not None or _OURS.intersection(error.place):
                raise SourceError([problem]) from None
            self.unserved[operation.id] = str(problem)
            return None
        except TOO_ODD as error:
            what = f"no response can be made: {type(error).__name__}: {error}"
            problem = self.contract.source.problem(operation.place, what)
            self.unserved[operation.id] = str(problem)
            return None
        self._plans[operation.id] = plan
        return plan

    def _plan(self, operation: Operation) -> _Plan:
        """Return the plan of an operation; raise ErrorResponse if it is not served."""
        plan = self._plans.get(operation.id)
        if plan is None and operation.id not in self.unserved:
            try:
                plan = self.prepare(operation)
            except SourceError as error:
                self.unserved[operation.id] = str(error)
        if plan is None:
            raise _unserved(self.unserved[operation.id])
        return plan

    def _check_times(self, today: date) -> None:
        """Raise SourceError if laws reject the times up to a day, such as one in the future."""
        for plan in self._plans.values():
            if plan.list is not None:
                whole = plan.list.collections.named(())
                schema = plan.list.items.schema
                for item in values_of(whole, _CHECKED):
                    for broken in schema.judge(item, times.now()).violations:
                        what = f"data that ends on {today} is invalid: {broken}"
                        place = self.contract.source.problem(schema.place, what)
                        raise SourceError([place])

    @cached_property
    def faults(self) -> Mapping[str, Fault]:
        """The faults by name: the built-in ones, and those in the folders of fixtures."""
        # Imported here: few requests ask for a fault, and the catalogue takes time to read.
        from .faults import including  # noqa: PLC0415

        return including(self.settings.fixtures, self.contract)

    def respond(
        self, operation: Operation, incoming: IncomingRequest, wanted: Preferences = NONE
    ) -> StubResponse:
        """Return the response to a request, an error response if something is wrong with it."""
        try:
            plan = self._plans.get(operation.id) or self._plan(operation)
            profile = incoming.profile
            if profile is None or operation.id not in profile.served:
                plan.formats.check(incoming)
            parameters = plan.reader.read(incoming)
            if profile is not None:
                profile.served.add(operation.id)
            if wanted is not NONE:
                return self._preferred(plan, parameters, incoming, wanted)
            return self._outcome(plan, parameters, incoming, wanted)
        except ErrorResponse as error_response:
            return self.errors.reply(error_response, operation)
        except UnserveableError as error:
            return self.errors.reply(_unserved(str(error)), operation)

    def held(
        self, operation: Operation, incoming: IncomingRequest, wanted: Preferences
    ) -> Preferences:
        """Count a request, and return those of its preferences whose limits are not over.

        Raises ErrorResponse if they conflict with each other or with the operation.
        """
        self._chosen(self._plan(operation), wanted)

        def left(text: str, limit: Limit) -> Left | None:
            return self._left(("id", wanted.id or "", text), limit, operation, incoming, wanted)

        return wanted.held(left)

    def _left(
        self,
        name: tuple[str, ...],
        limit: Limit,
        operation: Operation,
        incoming: IncomingRequest,
        wanted: Preferences,
    ) -> Left | None:
        """Count a request, and return what is left of a limit, None if it is over."""
        if self.settings.workers > 1:
            detail = (
                f"{limit} needs one worker, since each of the {self.settings.workers} would count"
                " on its own; start the stub with --workers 1"
            )
            raise ErrorResponse(_NOT_KNOWN, "Sequence needs one worker", detail)
        if limit.times is None and not operation.schemes:
            detail = f"{limit} needs a token, but {operation.id} has no security scheme"
            raise ErrorResponse(_BAD, "Sequence needs a token", detail)
        token = credential(operation, incoming.headers, incoming.query)
        return self.sequences.left(name, limit, token, None if wanted is NONE else wanted)

    def _said(self, left: Left | str | None) -> str:
        """Return what is left of a limit in words, and how it can end, '' without a limit."""
        text = "" if left is None else str(left)
        settings = self.settings
        if text.endswith(ANOTHER_TOKEN) and not settings.any_token and len(settings.tokens) <= 1:
            text += "; this stub accepts one token only, start it with --any-token"
        return text

    def _preferred(
        self, plan: _Plan, parameters: Parameters, incoming: IncomingRequest, wanted: Preferences
    ) -> StubResponse:
        """Return the preferred response, which names the preferences that changed it."""
        held = self.held(plan.operation, incoming, wanted)
        chosen = self._chosen(plan, held)
        names: tuple[str, ...] = ()
        if chosen is not None:
            reply = chosen
            names = ("code", "example") if reply.status != plan.status else ("example",)
        else:
            try:
                reply = self._outcome(plan, parameters, incoming, held)
            except ErrorResponse as error_response:
                reply = self.errors.reply(error_response, plan.operation)
            scenario = self._scenario(plan.operation, parameters.names, held)
            if held.code == reply.status and scenario is not None and scenario.replaces:
                names = ("code",)
        return preferences.confirmed(reply, held, *names)

    def _chosen(self, plan: _Plan, wanted: Preferences) -> StubResponse | None:
        """Return the example or the status that is preferred, None if it is the default one."""
        operation = plan.operation
        chosen, example = declared.preferred(operation, wanted), declared.example(operation, wanted)
        if example is not None or chosen is None or wanted.code in {None, plan.status}:
            return example
        return self._status(plan, chosen, wanted)

    def _outcome(
        self, plan: _Plan, parameters: Parameters, incoming: IncomingRequest, wanted: Preferences
    ) -> StubResponse:
        operation, left = plan.operation, None
        scenario = self._scenario(operation, parameters.names, wanted)
        if scenario is None:
            return self._default(plan, parameters, incoming, wanted, None)
        as_usual = wanted.code == plan.status
        if scenario.file.limit is not None and not as_usual:
            owner = ("id", wanted.id) if wanted.id else ("path", operation.id)
            name = scenario.owner or (*owner, operation.id, *parameters.names)
            left = self._left(name, scenario.file.limit, operation, incoming, wanted)
            if left is None:
                return self._default(plan, parameters, incoming, wanted, scenario)
        try:
            reply = None if as_usual else scenario.instead(self._said(left))
            reply = reply or self._default(plan, parameters, incoming, wanted, scenario)
        except ErrorResponse as error_response:
            reply = self.errors.reply(error_response, operation)
        return scenario.staged(reply)

    def _scenario(
        self, operation: Operation, names: tuple[str, ...], wanted: Preferences
    ) -> Scenario | None:
        assigned = self.assigned.find(operation, names, wanted.id)
        return assigned or self.scenarios.find(operation, names)

    def _status(self, plan: _Plan, response: DeclaredResponse, wanted: Preferences) -> StubResponse:
        """Return the response of a preferred status that is not the default one."""
        status = wanted.code or plan.status
        if status < _BAD:
            return plan.other(status)
        try:
            phrase = http.HTTPStatus(status).phrase
        except ValueError:
            phrase = f"Status {status}"
        detail = f"the header Prefer selects {self._said(wanted.formatted['code'])}"
        headers = declared.headers_of(response)
        error_response = ErrorResponse(status, phrase, detail, headers=headers)
        return self.errors.reply(error_response, plan.operation)

    def _default(
        self,
        plan: _Plan,
        parameters: Parameters,
        incoming: IncomingRequest,
        wanted: Preferences,
        scenario: Scenario | None,
    ) -> StubResponse:
        operation, id_ = plan.operation, wanted.id or ""
        sent = bodies.read_body(operation, incoming)
        if operation.resource is not None and operation.resource.list in self._plans:
            asked = self._asked(operation, operation.resource, parameters, sent, wanted)
            shown = self.resources.reply(asked, forgets=incoming.forgets)
            return plan.body.reply(parameters, sent, shown)
        if plan.list is None:
            return plan.body.reply(parameters, sent)
        whole = self._whole(operation, plan.list, parameters.names, scenario)
        collection = self.resources.now(operation, parameters.names, id_, whole)
        return lists.page(plan.list, collection, parameters)

    def _asked(
        self,
        operation: Operation,
        resource: Resource,
        parameters: Parameters,
        sent: Any,
        wanted: Preferences,
    ) -> Asked:
        """Return a request about an item, with the list that it is an item of."""
        of, paged = self._plans[resource.list].operation, self._plans[resource.list].list
        if paged is None:
            raise ErrorResponse(_NOT_KNOWN, "Operation not served", f"{of.id} is not served")
        names = tuple(str(parameters.values[each.name]) for each in of.located("path"))
        whole = self._whole(of, paged, names, self._scenario(of, names, wanted))
        name = ListName(wanted.id or "", of.id, names)
        return Asked(operation, resource, parameters, sent, name, whole)

    def _whole(
        self,
        operation: Operation,
        paged: StubList,
        names: tuple[str, ...],
        scenario: Scenario | None,
    ) -> Collection:
        """Return a list before anything in it was changed."""
        found = scenario.collection(names) if scenario is not None else None
        return found or lists.named(operation, paged, names)

    def lists(self) -> Lists | None:
        """Return the lists that examples of faults request; None without an operation."""
        from .faults.examples import Lists  # noqa: PLC0415 - as the faults

        drafts = Drafts(self.contract)
        served = (e for e in self.contract.operations if e.id not in self.unserved)
        operations = sorted(served, key=lambda each: each.pagination is None)
        operation = next((each for each in operations if not drafts.problem(each)), None)
        if operation is None:
            return None
        draft = drafts.of(operation)
        known = [
            tuple({**draft.path, entry.parameter: entry.name}.values())
            for entry in self.scenarios.entries
            if entry.operation is operation and not entry.name.endswith("*")
        ]
        return Lists(draft, known, lambda names: self._total(operation, names))

    def _total(self, operation: Operation, names: tuple[str, ...]) -> int | None:
        """Return how many items the list of path values has, None if it is not served as usual."""
        paged, scenario = self._plan(operation).list, self.scenarios.find(operation, names)
        if paged is None:
            return None
        if scenario is None:
            return lists.named(operation, paged, names).total
        collection = scenario.collection(names) if scenario.is_plain else None
        return None if collection is None else collection.total


class _Plan:
    """What the responder makes once for an operation."""

    def __init__(
        self,
        contract: Contract,
        operation: Operation,
        compiler: Compiler,
        seed: bytes,
        settings: Settings,
    ) -> None:
        self.operation = operation
        self.reader = ParameterParser(operation)
        self.formats = Formats(operation, strict=settings.strict_headers)
        self.list: StubList | None = None
        self.status = 200 if operation.success is None else declared.status_of(operation.success)
        if operation.listing is not None:
            self.list = lists.of(contract, operation, compiler, seed)
        else:
            self.body = Body(operation, compiler, seed)
            self.status = self.body.status
        self._make = lru_cache(lambda status: Body(operation, compiler, seed, status))

    def other(self, status: int) -> StubResponse:
        """Return a declared response without an error; raise ErrorResponse if it is not made."""
        try:
            return self._make(status).reply(Parameters({}, ()), None)
        except (ProviderError, UnserveableError) as error:
            what = f"has code={status}"
            raise preferences.wrong(what, f"the stub has no such response: {error}") from None
