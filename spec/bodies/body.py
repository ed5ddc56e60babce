"""Bodies by their media types: a value is written as one, and read from one.

Of XML and other formats only texts are written, and nothing is read: they are not judged.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ..model.media import essence, is_json
from ..parameters.faults import UnwritableError
from . import form, multipart, plain
from .errors import BodyError
from .plain import without_empty

if TYPE_CHECKING:
    from ..model.media import Media

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_CHARSET = re.compile(r';\s*charset="?([\w.:-]{1,40})', re.IGNORECASE)
_CONCRETE = {"image/*": "image/png", "text/*": "text/plain", "multipart/*": MULTIPART}
"""What is sent where the contract has a range of media types."""
_BYTES = "application/octet-stream"


class Written(NamedTuple):
    """A body with its header Content-Type."""

    content_type: str
    data: bytes


class Reading(NamedTuple):
    """The value of a body; `judged` is whether its schema can judge it."""

    value: Any
    judged: bool


def write(media: Media, value: Any) -> Written:
    """Return a body of a media type; what a form cannot carry, null and what is empty, is left out.

    Raises UnwritableError if it would be read as another value, or not be valid any more.
    """
    kind = concrete(media)
    if kind in {FORM, MULTIPART} and not isinstance(value, dict):
        raise UnwritableError(f"{kind} carries objects only")
    written = _written(media, kind, value)
    found = read(media, *written)
    if not found.judged or found.value == value:
        return written
    if kind not in {FORM, MULTIPART} or without_empty(found.value) != without_empty(value):
        raise UnwritableError("it would be read as another value")
    if media.schema is not None and not media.schema.is_valid(found.value):
        raise UnwritableError("a form carries neither null nor what is empty")
    return written


def read(media: Media, content_type: str, data: bytes) -> Reading:
    """Return the value of a body; raise BodyError if it is not of its media type."""
    kind = essence(content_type) or concrete(media)
    if is_json(kind):
        return Reading(plain.read_json(data), judged=True)
    if kind == FORM:
        return Reading(form.read(data, media.shape, media.encoding), judged=True)
    if kind == MULTIPART:
        return Reading(multipart.read(data, content_type, media.shape), judged=True)
    if media.shape.is_plain and not _is_xml(kind):
        charset = _CHARSET.search(content_type)
        text = plain.read_text(data, media.shape, charset[1] if charset else "utf-8")
        return Reading(text, judged=True)
    return Reading(None, judged=False)


def concrete(media: Media) -> str:
    """Return the media type that a body is sent as, without parameters."""
    kind = essence(media.type)
    if "*" not in kind:
        return kind
    json = media.schema is not None and not media.shape.is_plain
    return _CONCRETE.get(kind, "application/json" if json else _BYTES)


def _written(media: Media, kind: str, value: Any) -> Written:
    content_type = media.type if essence(media.type) == kind else kind
    if is_json(kind):
        return Written(content_type, plain.write_json(value))
    if kind == FORM:
        return Written(content_type, form.write(value, media.shape, media.encoding))
    if kind == MULTIPART:
        boundary, data = multipart.write(value, media.shape, media.encoding)
        return Written(f"{kind}; boundary={boundary}", data)
    if isinstance(value, dict | list):
        raise UnwritableError(f"no value but a text is written as {kind}")
    return Written(content_type, plain.write_text(value))


def _is_xml(kind: str) -> bool:
    return kind.endswith(("/xml", "+xml"))


__all__ = ["BodyError", "Reading", "Written", "concrete", "read", "write"]
