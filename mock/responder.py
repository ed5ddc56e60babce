"""The responder: makes the response to a request that is routed and authorized.

It knows operations only through the contract. A response follows from the request, the contract,
the seed and the scenarios; the only state are sequences, which the requests name.
"""

from __future__ import annotations

import http
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..spec.documents.problems import SourceError
from .access.security import credential
from .data.attempts import UnserveableError
from .data.keystream import digest
from .data.makers.compiler import Compiler
from .data.providers import ProviderError, Providers
from .http import bodies, declared, lists, preferences
from .http.error_response import ErrorResponse
from .http.errors import ErrorBodies, numbers
from .http.preferences import Preferences
from .plans import Plans, unserved
from .resources.resources import Asked, Resources
from .resources.store import ListName
from .scenarios.assigned import AssignedScenarios
from .scenarios.scenarios import Scenarios
from .sequences import ANOTHER_TOKEN, Sequences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..spec.contract import Contract
    from ..spec.model.media import DeclaredResponse
    from ..spec.model.operation import Operation
    from ..spec.model.resource import Resource
    from .data.dataset import Collection
    from .faults import Fault
    from .http.request_parser import IncomingRequest, Parameters
    from .lists.stub_list import StubList
    from .plans import Plan
    from .response import StubResponse
    from .scenarios.scenario import Scenario
    from .sequences import Left, Limit
    from .settings import Settings

NONE = Preferences()
"""The preferences of a request without any."""
_BAD, _NOT_KNOWN = 400, 501


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
        self.plans = Plans(contract, settings, compiler, seed)
        known = self.plans.lists
        self.resources = Resources(contract, known, settings.workers)
        if settings.today is not None:
            self.plans.check_times(settings.today)
        self.scenarios = Scenarios.load(contract, known, settings.fixtures)
        self.assigned = AssignedScenarios(contract, known, self.scenarios)
        names = ("faults.yaml", "faults")
        if any((folder / name).exists() for folder in settings.fixtures for name in names):
            # Read now, so that their mistakes are reported at the start.
            _ = self.faults

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
            plan = self.plans[operation.id]
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
            return self.errors.reply(unserved(str(error)), operation)

    def held(
        self, operation: Operation, incoming: IncomingRequest, wanted: Preferences
    ) -> Preferences:
        """Count a request, and return those of its preferences whose limits are not over.

        Raises ErrorResponse if they conflict with each other or with the operation.
        """
        self._chosen(self.plans[operation.id], wanted)

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
        self, plan: Plan, parameters: Parameters, incoming: IncomingRequest, wanted: Preferences
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

    def _chosen(self, plan: Plan, wanted: Preferences) -> StubResponse | None:
        """Return the example or the status that is preferred, None if it is the default one."""
        operation = plan.operation
        chosen, example = declared.preferred(operation, wanted), declared.example(operation, wanted)
        if example is not None or chosen is None or wanted.code in {None, plan.status}:
            return example
        return self._status(plan, chosen, wanted)

    def _outcome(
        self, plan: Plan, parameters: Parameters, incoming: IncomingRequest, wanted: Preferences
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

    def _status(self, plan: Plan, response: DeclaredResponse, wanted: Preferences) -> StubResponse:
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
        plan: Plan,
        parameters: Parameters,
        incoming: IncomingRequest,
        wanted: Preferences,
        scenario: Scenario | None,
    ) -> StubResponse:
        operation, id_ = plan.operation, wanted.id or ""
        sent = bodies.read_body(operation, incoming)
        if operation.resource is not None and operation.resource.list in self.plans:
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
        of, paged = self.plans[resource.list].operation, self.plans[resource.list].list
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
