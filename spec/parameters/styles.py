"""Styles: how arrays and objects of texts are written into a request, and read from it.

They are those of OpenAPI, which follow RFC 6570. A style reads what it writes. What others write in
another way, such as with an escaped comma between elements, is a second reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from .deep import Deep
from .escapes import escape_of, escape_of_names
from .faults import ParameterFault, UnwritableError
from .received import grouped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .escapes import Escape
    from .received import Pairs, Received
    from .shape import Shape
    from .texts import Tree


MOST_ELEMENTS = 10_000
"""How many elements an array in one text may have."""


class Style(Protocol):
    """Writes trees into one place of a request, and reads them from it."""

    def write(self, tree: Tree) -> Pairs:
        """Return the pairs of a tree; raise UnwritableError if there are none for it."""

    def names(self, received: Received, shape: Shape) -> list[str]:
        """Return the names of the pairs that belong to it."""

    def read(self, received: Received, shape: Shape) -> Iterator[Tree | ParameterFault]:
        """Yield the trees that the pairs can mean, the most exact one first, or what is wrong."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A whole tree in one text; `paired` writes members as `name=value`.

    The elements are escaped one by one, or the text as a `whole` if its separator has to be.
    """

    separator: str
    escape: Escape
    paired: bool = False
    whole: bool = False

    def write(self, tree: Tree) -> str:
        """Return the raw text of a tree."""
        write: Callable[[str], str] = str if self.whole else self.escape.write
        if isinstance(tree, str):
            return self.escape.write(tree)
        if not tree:
            raise UnwritableError("an empty array or object cannot be written")
        if isinstance(tree, list):
            texts = [write(_plain(each)) for each in tree]
        else:
            members = [(write(name), write(_plain(each))) for name, each in tree.items()]
            texts = ["=".join(m) for m in members] if self.paired else [*chain(*members)]
        text = self.separator.join(texts)
        return self.escape.write(text) if self.whole else text

    def read(self, raw: str, shape: Shape) -> Iterator[Tree | ParameterFault]:
        """Yield the trees that a raw text can mean."""
        text = self.escape.read(raw)
        if shape.is_plain:
            yield text
        if not self.whole:
            yield from self._split(raw, shape, self.escape.read)
        if self.whole or (self.separator not in raw and self.separator in text):
            yield from self._split(text, shape, str)

    def _split(
        self, text: str, shape: Shape, read: Callable[[str], str]
    ) -> Iterator[Tree | ParameterFault]:
        parts = text.split(self.separator, MOST_ELEMENTS)
        if len(parts) > MOST_ELEMENTS:
            yield ParameterFault.MALFORMED
            return
        if shape.is_array:
            yield [read(part) for part in parts]
        if not shape.is_object:
            return
        parts = parts if text else []
        if self.paired:
            pairs = [part.partition("=") for part in parts]
            members = [(name, value) for name, equals, value in pairs if equals]
            complete = len(members) == len(parts)
        else:
            members = list(zip(parts[::2], parts[1::2], strict=False))
            complete = len(parts) % 2 == 0
        found: dict[str, Tree] = {read(name): read(value) for name, value in members}
        yield found if complete and len(found) == len(members) else ParameterFault.MALFORMED


@dataclass(frozen=True, slots=True)
class Form:
    """Pairs of names and values, as in a query: `form`, `spaceDelimited` and `pipeDelimited`.

    With `explode`, each element and each member is a pair of its own. `others` are the names of
    other parameters, which no member has.
    """

    name: str
    explode: bool
    escape: Escape
    named: Escape
    joined: Joined
    others: frozenset[str] = frozenset()

    def write(self, tree: Tree) -> Pairs:
        """Return the pairs of a tree."""
        if not self.explode or isinstance(tree, str):
            return ((self.named.write(self.name), self.joined.write(tree)),)
        members = tree if isinstance(tree, dict) else {self.name: tree}
        pairs = tuple(
            (self.named.write(name), self.escape.write(_plain(each)))
            for name, value in members.items()
            for each in (value if isinstance(value, list) else [value])
        )
        if not pairs:
            raise UnwritableError("an empty array or object cannot be written")
        return pairs

    def names(self, received: Received, shape: Shape) -> list[str]:
        """Return its name, and those of the members of an object."""
        own = [self.name] if self.name in received else []
        if not (self.explode and shape.is_object):
            return own
        is_open = shape.is_open
        members = [n for n in received if n in shape.members or (is_open and n not in self.others)]
        return members if shape.is_plain is shape.is_array is False else [*own, *members]

    def read(self, received: Received, shape: Shape) -> Iterator[Tree | ParameterFault]:
        """Yield the trees that pairs can mean."""
        values = received.get(self.name, ())
        if len(values) == 1 and not self.explode:
            yield from self.joined.read(values[0], shape)
        elif values:
            if shape.is_plain or not self.explode:
                once = len(values) == 1
                yield self.escape.read(values[0]) if once else ParameterFault.AMBIGUOUS
            if shape.is_array and self.explode:
                yield [self.escape.read(value) for value in values]
        if shape.is_object and self.explode and (names := self.names(received, shape)):
            yield self._object(received, shape, names)

    def _object(
        self, received: Received, shape: Shape, names: list[str]
    ) -> dict[str, Tree] | ParameterFault:
        found: dict[str, Tree] = {}
        for name in names:
            texts = [self.escape.read(value) for value in received[name]]
            is_array = shape.member(name).is_array
            if len(texts) > 1 and not is_array:
                return ParameterFault.AMBIGUOUS
            found[name] = [*texts] if is_array else texts[0]
        return found


@dataclass(frozen=True, slots=True)
class Simple:
    """One text, as in a path or a header: `simple`, and `label`, which begins with a point."""

    name: str
    key: str
    joined: Joined
    prefix: str = ""

    def write(self, tree: Tree) -> Pairs:
        """Return the pair of a tree."""
        return ((self.name, self.prefix + self.joined.write(tree)),)

    def names(self, received: Received, shape: Shape) -> list[str]:  # noqa: ARG002 - as others
        """Return its name."""
        return [self.key] if self.key in received else []

    def read(self, received: Received, shape: Shape) -> Iterator[Tree | ParameterFault]:
        """Yield the trees that the text can mean."""
        if self.key in received:
            # A header that is sent several times is one list (RFC 9110, section 5.3).
            raw = ", ".join(received[self.key])
            if raw.startswith(self.prefix):
                yield from self.joined.read(raw[len(self.prefix) :], shape)
            else:
                yield ParameterFault.MALFORMED


@dataclass(frozen=True, slots=True)
class Matrix:
    """`matrix`: the pairs of a form in a path, as `;name=value`."""

    form: Form

    def write(self, tree: Tree) -> Pairs:
        """Return the pair of a tree."""
        pairs = (
            f";{name}={value}" if value else f";{name}" for name, value in self.form.write(tree)
        )
        return ((self.form.name, "".join(pairs)),)

    def names(self, received: Received, shape: Shape) -> list[str]:  # noqa: ARG002 - as others
        """Return its name."""
        return [self.form.name] if self.form.name in received else []

    def read(self, received: Received, shape: Shape) -> Iterator[Tree | ParameterFault]:
        """Yield the trees that the text can mean."""
        for raw in received.get(self.form.name, ()):
            if not raw.startswith(";"):
                yield ParameterFault.MALFORMED
                continue
            pairs = (part.partition("=") for part in raw[1:].split(";"))
            inner = grouped((self.form.named.read(name), value) for name, _, value in pairs)
            yield from self.form.read(inner, shape)


def style_of(  # noqa: PLR0913 - the members of a parameter that matter, by name
    name: str,
    location: str,
    style: str | None,
    *,
    explode: bool,
    reserved: bool = False,
    others: frozenset[str] = frozenset(),
) -> Style:
    """Return the style of a parameter; raise ValueError for one that its place does not have."""
    style = style or ("form" if location in {"query", "cookie"} else "simple")
    if style not in _STYLES[location]:
        known = ", ".join(_STYLES[location])
        raise ValueError(f"a {location} parameter has no style {style!r}; it may have {known}")
    escape = escape_of("header" if style == "cookie" else location, reserved=reserved)
    names = escape_of_names(location)
    if style == "deepObject":
        return Deep(name, escape, names)
    if style in {"simple", "label"}:
        prefix = "." if style == "label" else ""
        joined = Joined("." if prefix and explode else ",", escape, paired=explode)
        return Simple(name, name.lower() if location == "header" else name, joined, prefix)
    separator, whole = _SEPARATORS.get(style, (",", False))
    form = Form(name, explode, escape, names, Joined(separator, escape, whole=whole), others)
    return Matrix(form) if style == "matrix" else form


_STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form", "cookie"),
}
_SEPARATORS = {"spaceDelimited": (" ", True), "pipeDelimited": ("|", True)}


def _plain(tree: Tree) -> str:
    if isinstance(tree, str):
        return tree
    raise UnwritableError("only deepObject and JSON carry arrays and objects within others")
