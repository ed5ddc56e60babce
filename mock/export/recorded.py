"""The stub's responses to the requests that tell its outcomes apart, as one JSON document.

The responder is asked in this process, so an export says what a server would. Lists are kept as an
envelope and their items, from which any page of any size follows.
"""

from __future__ import annotations

import json
import re
from http.client import responses
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...spec.documents.pointers import get
from ...spec.model.lists import Oversize, PastEnd
from ...spec.model.media import essence, is_json
from ...spec.path_templates import parts
from ...spec.routes import templated
from ..access.security import Guard
from ..http.declared import headers_of
from ..http.error_response import ErrorResponse
from ..http.request_parser import IncomingRequest
from ..requests.draft import Drafts, replaced
from ..responder import Responder
from ..sequences import ANOTHER_TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...spec.contract import Contract
    from ...spec.model.operation import Operation
    from ...spec.model.selecting import Selector, Sorting
    from ...spec.parameters import Parameter
    from ..response import StubResponse
    from ..settings import Settings

VALUE = "{value}"
"""Stands in a recorded response for the value that a request sends."""
_ERROR = 400
_LEFT_OUT = {"content-length"}
_KEPT = ("type", "enum", "minimum", "maximum", "default")


class Recorder:
    """Records the operations of a contract; lists have at most `rows` items.

    Raises SourceError as Responder does. `notes` says what the recordings do not have.
    """

    def __init__(self, contract: Contract, settings: Settings, rows: int) -> None:
        self._contract, self._rows = contract, rows
        self._responder = Responder(contract, settings)
        self._guard = Guard(contract, settings.tokens)
        self._drafts = Drafts(contract)
        self.notes: list[str] = []

    def record(self) -> dict[str, Any]:
        """Return all operations with their responses; the ones with fewer parameters are first."""
        operations = []
        for each in sorted(self._contract.operations, key=lambda each: templated(each.path)):
            if problem := each.unserved or self._drafts.problem(each):
                self.notes.append(f"{each.id}: left out, because {problem}")
            else:
                operations.append(each)
        return {
            "title": self._contract.title,
            "version": self._contract.version,
            "operations": [self._operation(each) for each in operations],
        }

    def _operation(self, operation: Operation) -> dict[str, Any]:
        query = [self._parameter(operation, each) for each in operation.located("query")]
        pagination = operation.pagination
        return {
            "id": operation.id,
            "method": operation.method,
            "path": f"{self._contract.base_path}{operation.path}",
            "pattern": _pattern(f"{self._contract.base_path}{operation.path}"),
            "security": self._security(operation),
            "query": query,
            "paging": pagination
            and {
                "page": pagination.page.name,
                "size": pagination.size.name,
                "currentPage": pagination.current_page,
                "totalItems": pagination.total_items,
                "totalPages": pagination.total_pages,
                "items": pagination.items,
                "clamps": pagination.oversize is Oversize.CLAMP,
                "refusesPastEnd": pagination.past_end is PastEnd.REFUSE,
            },
            "selectors": [_selector(each) for each in operation.selectors],
            "sorting": _sorting(operation.sorting) if operation.sorting else None,
            "statuses": dict(self._statuses(operation)),
            "scenarios": list(self._scenarios(operation)),
            "otherwise": self._outcome(operation, {}),
        }

    def _parameter(self, operation: Operation, parameter: Parameter) -> dict[str, Any]:
        """Return what is allowed in a query, and the responses to what is not."""
        name = parameter.name
        # The members of an object may have names of their own, which the handlers do not know.
        spread = parameter.serialization.shape.kinds == {"object"}
        sent = {} if spread else {"missing": (), "invalid": (VALUE,)}
        answers = {how: self._ask(operation, query={name: sent[how]}) for how in sent}
        return {
            "name": name,
            "required": parameter.required and not spread,
            **{word: parameter.schema[word] for word in _KEPT if word in parameter.schema},
            **{how: _kept(answer) for how, answer in answers.items() if answer.status >= _ERROR},
        }

    def _security(self, operation: Operation) -> dict[str, Any] | None:
        """Return where a credential is, by alternative, and the response to a request without."""
        if not all(operation.security) or not operation.security:
            return None
        places = [
            [{"in": scheme.place, "name": scheme.header} for scheme in each]
            for each in operation.security
        ]
        try:
            self._guard.check(operation.security[0][0], (), b"", operation)
        except ErrorResponse as error:
            missing = self._responder.errors.reply(error, operation)
            return {"alternatives": places, "missing": _kept(missing)}
        return None

    def _statuses(self, operation: Operation) -> Iterator[tuple[str, Any]]:
        """Yield an error response for each status that the contract declares."""
        for status, declared in operation.responses.items():
            if status.isdecimal() and int(status) >= _ERROR:
                error_response = ErrorResponse(
                    int(status),
                    responses.get(int(status), f"Status {status}"),
                    " ".join(declared.description.split()),
                    headers=headers_of(declared),
                )
                yield status, _kept(self._responder.errors.reply(error_response, operation))

    def _scenarios(self, operation: Operation) -> Iterator[dict[str, Any]]:
        """Yield the outcome of each scenario, the most exact names first."""
        entries = [
            each for each in self._responder.scenarios.entries if each.operation is operation
        ]
        position = [each.name for each in operation.located("path")].index
        for entry in sorted(entries, key=lambda each: (each.name.endswith("*"), -len(each.name))):
            # Whatever follows the name of an unknown value is unknown, too.
            for name in (entry.name, *([f"{entry.name}-*"] if entry.file is None else [])):
                sent = f"{name[:-1]}{VALUE}" if name.endswith("*") else name
                yield {
                    "name": name,
                    "position": position(entry.parameter),
                    "description": " ".join(entry.description.split()),
                    **self._scenario(operation, {entry.parameter: sent}),
                }

    def _scenario(self, operation: Operation, names: Mapping[str, str]) -> dict[str, Any]:
        """Return the outcome of a scenario, and until when it holds; then it is as without one."""
        given = tuple(names.get(each.name, "") for each in operation.located("path"))
        scenario = self._responder.scenarios.find(operation, given)
        if scenario is None or scenario.file.limit is None:
            return self._outcome(operation, names)
        try:
            answer = scenario.instead()
        except ErrorResponse as error_response:
            answer = self._responder.errors.reply(error_response, operation)
        if answer is None:
            dropped = {"dropped": True} if scenario.file.drop is not None else {}
            response = {"delay": round(1000 * scenario.file.delay), **dropped}
        else:
            response = _kept(scenario.staged(answer))
        times = scenario.file.limit.times
        limit = {"until": ANOTHER_TOKEN} if times is None else {"times": times}
        return {"response": response, **limit}

    def _outcome(self, operation: Operation, names: Mapping[str, str]) -> dict[str, Any]:
        """Return the items of a list with their envelope, or the only response."""
        paging = operation.pagination
        if paging is None:
            return {"response": _kept(self._ask(operation, names))}
        items: list[Any] = []
        page = paging.first
        while True:
            query = {paging.page.name: (str(page),), paging.size.name: (str(paging.most),)}
            answer = self._ask(operation, names, query)
            kept = _kept(answer)
            body = kept.get("json")
            found = paging.items_of(body)
            if found is None or answer.status >= _ERROR:
                return {"response": kept}
            items += found
            total, page = paging.total_of(body) or len(items), page + 1
            get(body, paging.items[:-1])[paging.items[-1]] = []
            if not found or len(items) >= min(total, self._rows):
                break
        if total > self._rows:
            shown = ", ".join(names.values()) or operation.id
            self.notes.append(f"{shown}: {self._rows} of {paging.nouns.count(total)}")
        return {"response": kept, "items": items[: self._rows]}

    def _ask(
        self,
        operation: Operation,
        names: Mapping[str, str] | None = None,
        query: Mapping[str, tuple[str, ...]] | None = None,
    ) -> StubResponse:
        """Return the response to the contract's example of a request, with these changes."""
        draft = self._drafts.of(operation)
        named = {name: quote(value, safe="") for name, value in (names or {}).items()}
        path = {**draft.segments, **named}
        changes = {name: [quote(each) for each in values] for name, values in (query or {}).items()}
        pairs = replaced(draft.query, changes)
        headers = {each.name: each.value for each in operation.required_headers}
        raw = [(n.lower().encode(), v.encode()) for n, v in (headers | draft.all_headers).items()]
        sent = "&".join(f"{name}={value}" for name, value in pairs).encode()
        return self._responder.respond(
            operation, IncomingRequest(operation.method, path, sent, raw, draft.body)
        )


def _selector(selector: Selector) -> dict[str, Any]:
    return {
        "name": selector.parameter,
        "members": selector.members,
        "comparison": selector.comparison,
        "kind": selector.kind,
        "byDay": selector.by_day,
    }


def _sorting(sorting: Sorting) -> dict[str, Any]:
    return {
        "parameter": sorting.parameter,
        "members": {
            name: {"place": member.place, "descending": member.descending}
            for name, member in sorting.members.items()
        },
        "order": sorting.order,
        "downwards": sorting.downwards,
    }


def _kept(answer: StubResponse) -> dict[str, Any]:
    """Return a response: its body as `json` if it is JSON, otherwise as `text`."""
    delay = {"delay": round(1000 * answer.delay)} if answer.delay else {}
    if answer.cut is not None:
        return {"status": answer.status, "dropped": True, **delay}
    headers = {name.decode(): value.decode("latin-1") for name, value in answer.headers}
    kept: dict[str, Any] = {
        "status": answer.status,
        "headers": {name: value for name, value in headers.items() if name not in _LEFT_OUT},
        **delay,
    }
    text = answer.body.decode("utf-8", "replace")
    media_type = essence(headers.get("content-type", ""))
    try:
        kept |= {"json": json.loads(text)} if is_json(media_type) else {"text": text}
    except ValueError:
        kept["text"] = text
    return kept


def _pattern(path: str) -> str:
    """Return the regular expression in JavaScript of a path, alone or in a URL of any host."""
    texts = map(re.escape, parts(path)[::2])
    return f"^(?:[a-z]+://[^/]+)?{'([^/]+)'.join(texts)}$"
