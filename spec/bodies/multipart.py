"""multipart/form-data (RFC 7578): each member of an object is a part, or a part for each element.

A plain value is text, an object is JSON, and a string of the format binary is a file.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from ..model.media import is_json
from ..parameters.faults import UnwritableError
from . import plain
from .errors import BodyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..parameters.shape import Shape

MOST_PARTS = 1_000
"""How many parts a body may have."""
_BYTES, _JSON = "application/octet-stream", "application/json"
_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(
    rb'^content-disposition:[^\r\n]*;[ \t]*name=(?:"([^"\r\n]*)"|([^\s;"]+))',
    re.IGNORECASE | re.MULTILINE,
)
_TYPE = re.compile(rb"^content-type:[ \t]*([^\s;]+)", re.IGNORECASE | re.MULTILINE)
_ESCAPES = {'"': "%22", "\r": "%0D", "\n": "%0A"}


class _Part(NamedTuple):
    name: str
    media_type: str
    data: bytes


def write(
    members: Mapping[str, Any], shape: Shape, encoding: Mapping[str, Any]
) -> tuple[str, bytes]:
    """Return the boundary and the body of an object without members that are null.

    Raises UnwritableError if it has no parts.
    """
    parts = [
        part
        for name, value in members.items()
        if value is not None
        for part in _parts_of(name, value, shape.member(name), encoding.get(name, {}))
    ]
    if not parts:
        raise UnwritableError("an object without members has no parts")
    if len(parts) > MOST_PARTS:
        raise UnwritableError(f"it has more than {MOST_PARTS} parts")
    written = [_head(part, shape.member(part.name)) + part.data for part in parts]
    # A digest of the content cannot be in it.
    boundary = f"part-{blake2b(b''.join(written), digest_size=12).hexdigest()}"
    line = boundary.encode()
    return boundary, b"".join(b"--%b\r\n%b\r\n" % (line, each) for each in written) + (
        b"--%b--\r\n" % line
    )


def read(data: bytes, content_type: str, shape: Shape) -> dict[str, Any]:
    """Return the object of a body; raise BodyError if it is not multipart."""
    found: dict[str, list[Any]] = {}
    for part in _parts_in(data, content_type):
        inner = shape.member(part.name)
        whole = inner.is_array and not inner.is_plain and is_json(part.media_type)
        element = inner.element if inner.is_array and not whole else inner
        found.setdefault(part.name, []).append(_value(part, element))
    members = {
        name: values if _is_list(shape.member(name), values) else values[0]
        for name, values in found.items()
    }
    return {**{name: [] for name in sorted(shape.empty)}, **members}


def _parts_of(name: str, value: Any, shape: Shape, encoding: Mapping[str, Any]) -> Iterator[_Part]:
    stated = str(encoding.get("contentType", "")).partition(",")[0].strip()
    if isinstance(value, list) and not is_json(stated):
        for each in value:
            yield from _parts_of(name, each, shape.element, encoding)
    elif isinstance(value, dict | list) or is_json(stated):
        yield _Part(name, stated if is_json(stated) else _JSON, plain.write_json(value))
    else:
        stated = stated or (_BYTES if shape.is_binary else "")
        yield _Part(
            name, stated.replace("*/*", _BYTES).replace("/*", "/png"), plain.write_text(value)
        )


def _head(part: _Part, shape: Shape) -> bytes:
    name = part.name
    for character, escape in _ESCAPES.items():
        name = name.replace(character, escape)
    shape = shape.element if shape.is_array and not shape.is_plain else shape
    file = '; filename="file"' if shape.is_binary else ""
    kind = f"Content-Type: {part.media_type}\r\n" if part.media_type else ""
    return f'Content-Disposition: form-data; name="{name}"{file}\r\n{kind}\r\n'.encode()


def _parts_in(data: bytes, content_type: str) -> Iterator[_Part]:
    stated = _BOUNDARY.search(content_type)
    if stated is None:
        raise _wrong("its Content-Type has no boundary")
    line = b"\r\n--" + (stated[1] or stated[2]).encode("latin-1", "replace")
    _, *sections = (b"\r\n" + data).split(line, MOST_PARTS + 1)
    if len(sections) > MOST_PARTS:
        raise _wrong(f"it has more than {MOST_PARTS} parts")
    for section in sections:
        if section.startswith(b"--"):
            return
        head, blank, body = section.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not blank or name is None:
            raise _wrong("a part has no name in its header Content-Disposition")
        kind = _TYPE.search(head)
        yield _Part(
            _decoded(name[1] or name[2] or b""),
            kind[1].decode("latin-1").lower() if kind else "",
            body,
        )
    raise _wrong("its last boundary is missing")


def _decoded(name: bytes) -> str:
    text = name.decode("utf-8", "replace")
    for character, escape in _ESCAPES.items():
        text = text.replace(escape, character)
    return text


def _value(part: _Part, shape: Shape) -> Any:
    if is_json(part.media_type) or (shape.kinds and not shape.is_plain):
        try:
            return plain.read_json(part.data)
        except BodyError:
            return plain.read_text(part.data, shape)
    return plain.read_text(part.data, shape)


def _is_list(shape: Shape, values: list[Any]) -> bool:
    if len(values) > 1 or not shape.is_array or not shape.kinds:
        return len(values) > 1
    return not isinstance(values[0], list) and not shape.is_plain


def _wrong(why: str) -> BodyError:
    return BodyError("Body is not multipart", f"the body is not multipart/form-data: {why}")
