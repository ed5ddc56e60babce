"""Measures what a server answers to a request for each operation of a description."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from client import request
from document import METHODS, operations, read
from sampling import NoSampleError
from validator import UnjudgedError, mistake

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from client import Sent
    from document import Described, Place

    Send = Callable[[Sent], "Answer"]

_UNSERVED, _FAILED, _BAD = 501, 500, 400
_LONGEST, _MOST_KEPT = 400, 400


@dataclass(frozen=True)
class Answer:
    """A response; `note` is what the server's log says about it."""

    status: int
    media_type: str
    body: bytes
    note: str = ""


@dataclass
class Trouble:
    """Something wrong with an operation: its kind, and what the server or the validator said."""

    kind: str
    operation: str
    message: str


@dataclass
class Measured:
    """What was found out about a description with one server.

    `served` operations answered with a response that is declared, and not with an error if another
    one is declared; `announced` ones with 501, `failed` ones with another status of 5xx, `refused`
    ones with one of 4xx. For `unasked` ones there is no valid request, or no time was left.
    """

    file: str
    version: str = ""
    operations: int = 0
    starts: bool = False
    message: str = ""
    seconds: float = 0.0
    megabytes: int = 0
    served: int = 0
    announced: int = 0
    failed: int = 0
    refused: int = 0
    unasked: int = 0
    bodies: int = 0
    valid: int = 0
    unjudged: int = 0
    trouble: list[Trouble] = field(default_factory=list)

    def note(self, kind: str, operation: Described, message: str) -> None:
        """Keep something that is wrong with an operation."""
        if len(self.trouble) < _MOST_KEPT:
            self.trouble.append(Trouble(kind, operation.name, message[:_LONGEST]))


def described(file: Path, name: str) -> Measured:
    """Return what a description says about itself, before a server starts."""
    found = Measured(name)
    try:
        document = read(file)
        found.version = str(document.get("openapi") or document.get("swagger"))
        paths = [path for path in (document.get("paths") or {}).values() if isinstance(path, dict)]
        found.operations = sum(method in path for path in paths for method in METHODS)
    except (OSError, ValueError, AttributeError) as error:
        found.message = f"{type(error).__name__}: {error}"
    return found


def ask_all(
    file: Path,
    found: Measured,
    send: Send,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Send a request to each operation, as long as there is time, and judge what comes back."""
    every = operations(file)
    found.operations, found.starts = len(every), True
    deadline = clock() + seconds
    for operation in every:
        if clock() > deadline:
            found.unasked += 1
            continue
        try:
            sent = request(operation, found.version)
        except NoSampleError as error:
            found.unasked += 1
            found.note("no request", operation, str(error))
        else:
            _count(operation, sent, send(sent), found)


def _count(operation: Described, sent: Sent, answer: Answer, found: Measured) -> None:
    status, text = answer.status, answer.body.decode("utf-8", "replace")
    declared = [name for name, _ in (operation.at / "responses").items()]
    errors_only = not any(name[:1] in "23" or name == "default" for name in declared)
    if str(status) in declared and (status < _BAD or errors_only):
        found.served += 1
    elif status == _UNSERVED:
        found.announced += 1
        found.note("501", operation, text)
    elif status >= _FAILED:
        found.failed += 1
        found.note("5xx", operation, f"{status} {answer.note}: {text}")
    elif status >= _BAD:
        found.refused += 1
        what = f"{sent.target[:120]} {sent.body[:120]!r}"
        found.note("refused", operation, f"{status} {what}: {text}")
    else:
        found.served += 1
    response = operation.response(status)
    if response is None:
        if status < _BAD:
            found.note("status", operation, f"{status} is not declared")
    elif status < _BAD or errors_only:
        _judge(operation, answer, response, found)


def _judge(operation: Described, answer: Answer, response: Place, found: Measured) -> None:
    """Judge a body by the schema of its media type, if it is JSON."""
    content = dict((response / "content").items())
    if not answer.body or not content or operation.method == "head":
        return
    media = _media(content, answer.media_type)
    if media is None:
        what = f"{answer.status} has {answer.media_type}, declared: {', '.join(content)}"
        found.note("media type", operation, what)
        return
    if "json" not in answer.media_type:
        return
    found.bodies += 1
    schema = media / "schema"
    try:
        value = json.loads(answer.body)
        wrong = mistake(value, schema, version=found.version) if schema.value is not None else ""
    except UnjudgedError as error:
        found.unjudged += 1
        found.note("unjudged", operation, str(error))
        return
    except ValueError as error:
        wrong = f"is no JSON: {error}"
    found.valid += not wrong
    if wrong:
        found.note("body", operation, f"{answer.status} {wrong}")


def _media(content: dict[str, Place], media_type: str) -> Place | None:
    """Return the declared media type that a content type is of."""
    bare = media_type.partition(";")[0].strip().lower()
    names = {name.partition(";")[0].strip().lower(): place for name, place in content.items()}
    for name in (bare, bare.partition("/")[0] + "/*", "*/*"):
        if name in names:
            return names[name]
    return None
