"""Errors in the contract's own form: a refusal in, a reply out.

Which code goes with a status, and how the message is written, says the contract; the numbers of
the codes stand in fixtures/errors.yaml.
"""

from __future__ import annotations

import copy
import http
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..spec.references import get
from ..spec.source import Source, SourceError
from .draws import Draw, digest
from .items import UnserveableError, valid
from .providers import ProviderError
from .reply import Reply
from .writing import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..spec.contract import Contract
    from ..spec.model import ErrorForm, Media, Operation
    from ..spec.source import Pointer
    from .makers import Compiler
    from .refusal import Refusal

NUMBERS = Path(__file__).parent.parent / "fixtures" / "errors.yaml"


def numbers(path: Path = NUMBERS) -> dict[str, int]:
    """Read the numbers of the error codes by name; raise SourceError with file and line."""
    source = Source.read(path)
    table = source.value.get("numbers") if isinstance(source.value, dict) else None
    if not isinstance(table, dict):
        raise SourceError([source.problem((), "needs the member numbers: code name -> integer")])
    for name, number in table.items():
        if not isinstance(number, int) or isinstance(number, bool):
            what = f"the number of {name} has to be an integer"
            raise SourceError([source.problem(("numbers", name), what)])
    return dict(table)


class Errors:
    """Writes refusals as the contract writes errors."""

    def __init__(
        self, contract: Contract, compiler: Compiler, codes: Mapping[str, int], seed: bytes
    ) -> None:
        self._contract, self._compiler, self._codes = contract, compiler, codes
        self._form = contract.error
        self._seed = seed
        self._templates: dict[tuple[str | None, int], tuple[str, Any]] = {}

    def reply(self, refusal: Refusal, operation: Operation | None) -> Reply:
        """Write a refusal; without an operation, as any operation of the contract would."""
        media_type, template = self._template(refusal.status, operation)
        if template is None:
            body = self._problem(refusal)
            media_type = "application/problem+json"
        elif self._form is not None:
            body = self._written(self._form, template, refusal)
        else:
            body = _told(template, refusal)
        data = _safe(body)
        return Reply.of(
            refusal.status, data, media_type, more=refusal.headers, reason=refusal.detail
        )

    def _template(self, status: int, operation: Operation | None) -> tuple[str, Any]:
        key = (operation.id if operation else None, status)
        if key not in self._templates:
            if len(self._templates) > 4096:  # noqa: PLR2004 - a status per operation; never more
                self._templates.clear()
            self._templates[key] = self._make_template(status, operation)
        return self._templates[key]

    def _make_template(self, status: int, operation: Operation | None) -> tuple[str, Any]:
        for media in self._media(status, operation):
            for example in media.examples.values():
                if media.schema is None or media.schema.accepts(example):
                    return media.type, example
            if media.schema is not None:
                return media.type, self._made(media.schema.place, media.schema, status)
        if self._form is not None:
            schema = self._form.schema
            return "application/json", self._made(schema.place, schema, status)
        return "application/problem+json", None

    def _media(self, status: int, operation: Operation | None) -> Iterator[Media]:
        operations = [operation] if operation else list(self._contract.operations)
        for each in operations:
            answer = each.answer(status)
            if answer is not None and answer.json is not None:
                yield answer.json

    def _made(self, place: Pointer, schema: Any, status: int) -> Any:
        try:
            root = self._compiler.root(place)
            return valid(root, schema, lambda n: Draw(digest(self._seed, "error", status, n)))
        except (ProviderError, UnserveableError):
            return None

    def _written(self, form: ErrorForm, template: Any, refusal: Refusal) -> Any:
        body = copy.deepcopy(template)
        code = self.code(refusal, template)
        _put(body, form.message, form.template.format(code=code, text=refusal.title))
        if form.detail is not None:
            _put(body, form.detail, form.template.format(code=code, text=refusal.detail))
        if form.number is not None:
            _put(body, form.number, self._codes.get(code, refusal.status))
        return body

    def code(self, refusal: Refusal, example: Any = None) -> str:
        """Choose the code of a refusal: its own, the example's, or the first that agrees."""
        form = self._form
        if form is None:
            return ""
        if refusal.code is not None:
            return refusal.code
        shown = form.code_of(example)
        if shown is not None and refusal.status in form.statuses.get(shown, ()):
            return shown
        agreeing = [code for code, agrees in form.statuses.items() if refusal.status in agrees]
        first = [code for code in agreeing if form.statuses[code][0] == refusal.status]
        return (first or agreeing or [shown or "Unknown"])[0]

    def _problem(self, refusal: Refusal) -> Any:
        try:
            title = http.HTTPStatus(refusal.status).phrase
        except ValueError:
            title = refusal.title
        return {"title": title, "status": refusal.status, "detail": refusal.detail}


def _put(body: Any, place: Pointer, value: Any) -> None:
    try:
        get(body, place[:-1])[place[-1]] = value
    except (LookupError, TypeError):
        return  # the contract's own example lacks the place; it stays as it is


def _told(template: Any, refusal: Refusal) -> Any:
    """Say the reason in the first member that is free text, if the body has one."""
    if not isinstance(template, dict):
        return template
    body = dict(template)
    for name, value in body.items():
        if isinstance(value, str) and (" " in value or len(body) == 1):
            body[name] = refusal.detail
            break
    return body


def _safe(body: Any) -> bytes:
    try:
        return dumps(body)
    except UnicodeEncodeError:  # a lone surrogate, from a text that was sent
        return json.dumps(body).encode()
