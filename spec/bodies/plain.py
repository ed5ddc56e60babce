"""JSON, text and bytes: the bodies, or the parts of one, that are one value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..documents import json_text
from ..parameters.faults import ParameterFault, UnwritableError
from ..parameters.texts import texts_of, values_of
from .errors import BodyError

if TYPE_CHECKING:
    from ..parameters.shape import Shape


def write_json(value: Any) -> bytes:
    """Return the JSON text of a value; raise UnwritableError if it has none."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        return text.encode()
    except (TypeError, ValueError, RecursionError):
        raise UnwritableError("it is not a value of JSON") from None


def read_json(data: bytes) -> Any:
    """Return the value of a JSON text; raise BodyError if it is none."""
    try:
        return json_text.read(data)
    except RecursionError:
        raise BodyError("Body is not JSON", "the body is nested too deeply") from None
    except ValueError as error:
        raise BodyError("Body is not JSON", f"the body is not JSON: {error}") from None


def write_text(value: Any) -> bytes:
    """Return the text of a plain value in UTF-8; raise UnwritableError for any other."""
    text = texts_of(value)
    if not isinstance(text, str):
        raise UnwritableError("an array or an object has no text")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise UnwritableError("a lone surrogate cannot be encoded") from None


def read_text(data: bytes, shape: Shape, charset: str = "utf-8") -> Any:
    """Return the value of a text, which is the text itself if it is none of the shape.

    Bytes that are no text of the character set become a text with a character for each of them.
    """
    try:
        text = data.decode(charset)
    except (LookupError, ValueError):
        text = data.decode("latin-1")
    value = values_of(text, shape)
    return text if isinstance(value, ParameterFault) else value


def without_empty(value: Any) -> Any:
    """Return a value without members that are null or empty."""
    if not isinstance(value, dict):
        return value
    members = {name: without_empty(each) for name, each in value.items()}
    return {name: each for name, each in members.items() if each not in (None, [], {})}
