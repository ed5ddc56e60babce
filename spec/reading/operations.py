"""Reads the operations of a contract."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..documents.pointers import get
from ..links import requirements_of
from ..model.lists import CursorPagination, Pagination
from ..model.operation import Operation
from ..path_templates import escaped, names, parts
from .bodies import request_body, responses
from .pagination import pagination, success_schema
from .parameters import parameters
from .places import operation_places
from .resources import resource
from .security import required_headers, security
from .selecting import selecting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..documents.pointers import Pointer
    from .reading import Reading


def operations(reading: Reading) -> Iterator[Operation]:
    """Yield the operations, each with the reason why it is not served, if there is one."""
    for place in operation_places(reading.document):
        yield _operation(reading, place)


def _operation(reading: Reading, place: Pointer) -> Operation:
    _, path, method = place
    raw = get(reading.document, place)
    with reading.operation() as reasons:
        declared, answers = parameters(reading, place), responses(reading, place)
        body, schemes = request_body(reading, place), security(reading, place, raw)
        pages = pagination(reading, place, raw, declared, answers)
        is_wrong = pages is None and "x-pagination" in raw
        chosen = () if is_wrong else declared
        selectors, sorting = selecting(reading, chosen, pages, success_schema(answers))
        headers = required_headers(reading, place, raw)
        item = resource(reading, place, raw, answers)
    return Operation(
        id=str(raw.get("operationId") or f"{method.upper()} {path}"),
        method=method.upper(),
        path=path,
        summary=str(raw.get("summary", "")),
        description=str(raw.get("description", "")),
        parameters=declared,
        body=body,
        responses=answers,
        security=schemes,
        required_headers=headers,
        pagination=pages if isinstance(pages, Pagination) else None,
        cursors=pages if isinstance(pages, CursorPagination) else None,
        selectors=selectors,
        sorting=sorting,
        resource=item,
        requirements=requirements_of(raw),
        place=place,
        unserved=next(iter(reasons), ""),
        _path=re.compile(_path_pattern(path)),
        _names=tuple(names(path)),
    )


def _path_pattern(path: str) -> str:
    """Return the pattern of the paths of requests, in which other characters are escaped."""
    return "([^/]+)".join(re.escape(escaped(part)) for part in parts(path)[::2])
