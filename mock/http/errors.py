"""Error bodies in the form that the contract declares.

The contract says which code goes with a status and how the message is written; the numbers of the
codes are in fixtures/errors.yaml.
"""

from __future__ import annotations

import copy
import http
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...spec.documents import files
from ...spec.documents.pointers import get
from ..data.attempts import valid
from ..data.keystream import Draw, digest
from ..data.providers import ProviderError
from ..response import StubResponse
from ..writing import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...spec.contract import Contract
    from ...spec.documents.pointers import Pointer
    from ...spec.model.error_form import ErrorForm
    from ...spec.model.media import Media
    from ...spec.model.operation import Operation
    from ...spec.schemas.validation import Schema
    from ..data.makers.compiler import Compiler
    from .error_response import ErrorResponse

NUMBERS = Path(__file__).parent.parent.parent / "fixtures" / "errors.yaml"
_PROBLEM = "application/problem+json"
_REASONS = ("detail", "message", "reason", "description")
"""The names of members that say in words why a request failed."""
_SCHEMA = Path(__file__).with_name("errors.schema.yaml")


def numbers(path: Path = NUMBERS) -> dict[str, int]:
    """Read the numbers of the error codes by name; raise SourceError with file and line."""
    value, _ = files.read(path, _SCHEMA)
    return dict(value["numbers"])


@dataclass(frozen=True, slots=True)
class _Template:
    """What an error body is made of, and the schema that the result has to fit, if there is one.

    `text` is the declared example of a body that is not JSON.
    """

    media_type: str
    body: Any = None
    schema: Schema | None = None
    text: str | None = None
    is_example: bool = False


class ErrorBodies:
    """Writes error responses in the contract's form."""

    def __init__(
        self, contract: Contract, compiler: Compiler, codes: Mapping[str, int], seed: bytes
    ) -> None:
        self._contract, self._compiler, self._codes = contract, compiler, codes
        self._form = contract.error
        self._seed = seed
        self._templates: dict[tuple[str | None, int], _Template] = {}

    def reply(self, error_response: ErrorResponse, operation: Operation | None) -> StubResponse:
        """Return an error response; without an operation, in the form of any of the contract."""
        template = self._template(error_response.status, operation)
        media_type = template.media_type
        if template.text is not None:
            data = template.text.encode("utf-8", "replace")
        elif template.body is None and media_type.startswith("text/"):
            data = error_response.detail.encode("utf-8", "replace")
        elif template.body is None:
            media_type, data = _PROBLEM, _safe(self._problem(error_response))
        else:
            data = _safe(self._filled(template, error_response))
        return StubResponse.of(
            error_response.status,
            data,
            media_type,
            more=error_response.headers,
            reason=error_response.detail,
        )

    def _filled(self, template: _Template, error_response: ErrorResponse) -> Any:
        if self._form is not None:
            return self._written(self._form, template.body, error_response)
        bodies = _with_reason(template, self._problem(error_response))
        fits = template.schema.accepts if template.schema else lambda _: True
        return next(filter(fits, bodies), template.body)

    def _template(self, status: int, operation: Operation | None) -> _Template:
        key = (operation.id if operation else None, status)
        if key not in self._templates:
            if len(self._templates) > 4096:  # noqa: PLR2004 - a status per operation; never more
                self._templates.clear()
            self._templates[key] = self._make_template(status, operation)
        return self._templates[key]

    def _make_template(self, status: int, operation: Operation | None) -> _Template:
        for media in self._media(status, operation):
            for example in media.examples.values():
                if media.schema is None or media.schema.accepts(example):
                    return _Template(media.type, example, media.schema, is_example=True)
            if media.schema is not None:
                return _Template(media.type, self._made(media.schema, status), media.schema)
        if self._form is not None:
            return _Template("application/json", self._made(self._form.schema, status))
        declared = operation.response_for(status) if operation else None
        for media in declared.media.values() if declared else ():
            text = next((each for each in media.examples.values() if isinstance(each, str)), None)
            if text is not None or media.type.startswith("text/"):
                return _Template(media.type, text=text)
        return _Template(_PROBLEM)

    def _media(self, status: int, operation: Operation | None) -> Iterator[Media]:
        operations = [operation] if operation else list(self._contract.operations)
        for each in operations:
            declared = each.response_for(status)
            if declared is not None and declared.json is not None:
                yield declared.json

    def _made(self, schema: Schema, status: int) -> Any:
        try:
            root = self._compiler.root(schema.place)
            return valid(root, schema, lambda n: Draw(digest(self._seed, "error", status, n)))
        except (ProviderError, RecursionError):
            return None

    def _written(self, form: ErrorForm, template: Any, error_response: ErrorResponse) -> Any:
        body = copy.deepcopy(template)
        code = self.code(error_response, template)
        _put(body, form.message, form.template.format(code=code, text=error_response.title))
        if form.detail is not None:
            _put(body, form.detail, form.template.format(code=code, text=error_response.detail))
        if form.number is not None:
            _put(body, form.number, self._codes.get(code, error_response.status))
        return body

    def code(self, error_response: ErrorResponse, example: Any = None) -> str:
        """Return the code of an error response: its own, the example's, or that of its status."""
        form = self._form
        if form is None:
            return ""
        if error_response.code is not None:
            return error_response.code
        shown = form.code_of(example)
        if shown is not None and error_response.status in form.statuses.get(shown, ()):
            return shown
        agreeing = [
            code for code, agrees in form.statuses.items() if error_response.status in agrees
        ]
        first = [code for code in agreeing if form.statuses[code][0] == error_response.status]
        return (first or agreeing or [shown or "Unknown"])[0]

    def _problem(self, error_response: ErrorResponse) -> dict[str, Any]:
        try:
            title = http.HTTPStatus(error_response.status).phrase
        except ValueError:
            title = error_response.title
        return {"title": title, "status": error_response.status, "detail": error_response.detail}


def _put(body: Any, place: Pointer, value: Any) -> None:
    try:
        get(body, place[:-1])[place[-1]] = value
    except (LookupError, TypeError):
        return  # the contract's own example has no such member


def _with_reason(template: _Template, problem: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the body with the reason for the response in it, the one that says most first.

    The members of RFC 9457 mean the same everywhere. An example keeps what is no free text.
    """
    body = template.body
    if not isinstance(body, dict):
        return
    if template.media_type == _PROBLEM and not template.is_example:
        yield {**body, **problem}
        yield {**body, **{name: problem[name] for name in problem if name in body}}
    yield from _with_text(body, problem["detail"], is_example=template.is_example)


def _with_text(body: Mapping[str, Any], text: str, *, is_example: bool) -> Iterator[Any]:
    """Yield the body with a text in the member that is named for it, or in one of free text."""
    free = [n for n, v in body.items() if isinstance(v, str) and (" " in v or len(body) == 1)]
    named = [n for n in _REASONS if isinstance(body.get(n), str) and (n in free or not is_example)]
    for name in (*named, *free):
        yield {**body, name: text}
    for name, inner in body.items():
        if isinstance(inner, dict):
            for each in _with_text(inner, text, is_example=is_example):
                yield {**body, name: each}


def _safe(body: Any) -> bytes:
    try:
        return dumps(body)
    except UnicodeEncodeError:  # a lone surrogate from the request
        return json.dumps(body).encode()
