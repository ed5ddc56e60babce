"""The request that a client of a description sends for an operation: all that is required."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from sampling import NoSampleError, sample
from validator import UnjudgedError, mistake

if TYPE_CHECKING:
    from document import Described, Place

_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
_TOKEN = "token"  # noqa: S105 - any is accepted

_NO_PARAMETERS = {"accept", "content-type", "authorization"}
"""Headers that are no parameters, whatever a description says (OpenAPI 3.0, section 4.7.12)."""


@dataclass(frozen=True)
class Sent:
    """A request: its target below the server's URL, its headers, and its body."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def request(operation: Described, version: str) -> Sent:
    """Return a request to an operation, with its required parameters, body and credentials."""
    parts = _Parts(operation.path)
    for parameter in operation.parameters:
        declared = parameter.value
        if declared.get("in") == "path" or declared.get("required"):
            parts.add(declared, _value(parameter, version))
    parts.secure(operation)
    body = b""
    asked = operation.at / "requestBody"
    if (asked / "content").value:
        try:
            kind, body = _body(asked / "content", version)
            parts.headers.append(("Content-Type", kind))
        except NoSampleError:
            if asked.value.get("required"):
                raise
    return parts.sent(operation.method.upper(), body)


class _Parts:
    """The parts of a request, as they come together."""

    def __init__(self, path: str) -> None:
        self.path = path.replace("#", "%23")
        self.query: list[str] = []
        self.headers: list[tuple[str, str]] = []
        self.cookies: list[str] = []

    def add(self, declared: dict[str, Any], value: Any) -> None:
        """Add a parameter."""
        name = str(declared["name"])
        match declared["in"]:
            case "path":
                self.path = self.path.replace(f"{{{name}}}", _in_path(declared, name, value))
            case "query":
                self.query.append(_in_query(declared, name, value))
            case "header" if name.lower() not in _NO_PARAMETERS:
                self.headers.append((name, _simple(declared, value, quoted=False)))
            case "cookie":
                self.cookies.append(f"{name}={_simple(declared, value)}")

    def secure(self, operation: Described) -> None:
        """Add the credentials of the first alternative, nothing if there may be none."""
        schemes = operation.root / "components" / "securitySchemes"
        alternatives = operation.security
        chosen = {} if not alternatives or {} in alternatives else alternatives[0]
        for id_ in chosen:
            scheme = (schemes / id_).value or {}
            if scheme.get("type") == "apiKey":
                self._key(scheme["in"], scheme["name"])
            elif str(scheme.get("scheme")).lower() == "basic":
                encoded = base64.b64encode(f"user:{_TOKEN}".encode()).decode()
                self.headers.append(("Authorization", f"Basic {encoded}"))
            else:
                self.headers.append(("Authorization", f"Bearer {_TOKEN}"))

    def _key(self, place: str, name: str) -> None:
        """Add a key, in place of a parameter of the same name."""
        if place == "query":
            start = f"{quote(name, safe='[]')}="
            self.query = [each for each in self.query if not each.startswith(start)]
            self.query.append(start + _TOKEN)
        elif place == "cookie":
            self.cookies.append(f"{name}={_TOKEN}")
        else:
            self.headers = [each for each in self.headers if each[0].lower() != name.lower()]
            self.headers.append((name, _TOKEN))

    def sent(self, method: str, body: bytes) -> Sent:
        """Return the request."""
        headers = list(self.headers)
        if self.cookies:
            headers.append(("Cookie", "; ".join(self.cookies)))
        mark = "&" if "?" in self.path else "?"
        query = "&".join(filter(None, self.query))
        return Sent(method, mark.join(filter(None, (self.path, query))), tuple(headers), body)


def _value(parameter: Place, version: str) -> Any:
    content = parameter / "content"
    media = next((place for _, place in content.items()), None)
    if media is None:
        return _example(parameter, version, empty=False)
    return json.dumps(_example(media, version))


def _example(place: Place, version: str, *, empty: bool = True) -> Any:
    """Return the example of a parameter or of a media type, or a value for its schema."""
    schema = place / "schema"
    shown = [] if (place / "example").value is None else [(place / "example").value]
    shown += [(each / "value").value for _, each in (place / "examples").items()]
    for value in shown:
        if value is None:
            continue
        try:
            if schema.value is None or not mistake(value, schema, version=version, sent=True):
                return value
        except UnjudgedError:
            return value
    return "a" if schema.value is None else sample(schema, version, empty=empty)


def _in_path(declared: dict[str, Any], name: str, value: Any) -> str:
    style, explode = declared.get("style", "simple"), declared.get("explode", False)
    plain = _simple(declared, value)
    if style == "label":
        return "." + (plain.replace(",", ".") if explode else plain)
    if style == "matrix":
        if explode and isinstance(value, list):
            return "".join(f";{name}={_word(each)}" for each in value)
        if explode and isinstance(value, dict):
            return "".join(f";{key}={_word(each)}" for key, each in value.items())
        return f";{name}={plain}"
    return plain or "a"


def _in_query(declared: dict[str, Any], name: str, value: Any) -> str:
    style = declared.get("style", "form")
    explode = declared.get("explode", style == "form")
    key = quote(name, safe="[]")
    if style == "deepObject" and isinstance(value, dict):
        return "&".join(f"{key}[{_word(k)}]={_word(each)}" for k, each in value.items())
    if isinstance(value, dict) and explode:
        return "&".join(f"{_word(k)}={_word(each)}" for k, each in value.items())
    if isinstance(value, list) and explode:
        return "&".join(f"{key}={_word(each)}" for each in value)
    comma = {"spaceDelimited": "%20", "pipeDelimited": "%7C"}.get(style, ",")
    flat = _flat(value)
    return f"{key}={comma.join(map(_word, flat)) if isinstance(flat, list) else _word(flat)}"


def _simple(declared: dict[str, Any], value: Any, *, quoted: bool = True) -> str:
    word = _word if quoted else _plain
    if isinstance(value, dict) and declared.get("explode"):
        return ",".join(f"{word(key)}={word(each)}" for key, each in value.items())
    flat = _flat(value)
    return ",".join(map(word, flat)) if isinstance(flat, list) else word(flat)


def _flat(value: Any) -> Any:
    if isinstance(value, dict):
        return [part for pair in value.items() for part in pair]
    return value


def _word(value: Any) -> str:
    return quote(_plain(value), safe="")


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _body(content: Place, version: str) -> tuple[str, bytes]:
    """Return a body in the declared media type that is the easiest to write."""
    media = dict(content.items())
    chosen = min(media, key=_ease)
    value = _example(media[chosen], version, empty="json" in chosen)
    kind = chosen.partition(";")[0].strip().lower()
    if "json" in kind or "*" in kind:
        return (chosen if "*" not in kind else "application/json"), json.dumps(
            value, default=str
        ).encode()
    if kind == "application/x-www-form-urlencoded" and isinstance(value, dict):
        pairs = [
            (key, _plain(each))
            for key, found in value.items()
            for each in (found if isinstance(found, list) else [found])
        ]
        return chosen, urlencode(pairs).encode()
    if kind == "multipart/form-data" and isinstance(value, dict):
        mark = "corpus-boundary"
        parts = "".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{_plain(each)}\r\n'
            for key, each in value.items()
        )
        return f"{chosen}; boundary={mark}", f"{parts}--{mark}--\r\n".encode()
    if kind in _FORMS:
        raise NoSampleError(f"{kind} is for objects only")
    return chosen, _plain(value).encode()


def _ease(media_type: str) -> int:
    order = ("json", "x-www-form-urlencoded", "multipart/form-data", "text/plain")
    return next((n for n, each in enumerate(order) if each in media_type), len(order))
