"""OpenAPI Overlays 1.0: changes to a contract, in a file of their own.

https://spec.openapis.org/overlay/v1.0.0.html. An overlay is applied to the nodes of the YAML file,
so that a mistake in the result has the file and the line that it comes from.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import yaml

from ..documents import files
from ..documents.problems import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..documents.pointers import Pointer
    from ..documents.source import Source

_SCHEMA = Path(__file__).parent.with_name("overlay.schema.yaml")
_Location: TypeAlias = "Sequence[str | int]"


def read(path: Path) -> Source:
    """Read an overlay; raise SourceError with every mistake in its form."""
    _, source = files.read(path, _SCHEMA)
    return source


def apply(base: Source, overlay: Source) -> Source:
    """Return a file with the actions of an overlay applied in order.

    Raises SourceError, with the line in the overlay, for an action that matches nothing or does not
    fit what it matches.
    """
    source = base
    for index, action in enumerate(overlay.value["actions"]):
        place = ("actions", str(index))
        update = None if action.get("remove") else overlay.node((*place, "update"))
        root = _changed(source.root, list(_found(source, overlay, place)), update)
        source = source.replaced(root or source.root, source.digest)
    digest = hashlib.sha256(f"{base.digest}\n{overlay.digest}".encode()).hexdigest()
    return source.replaced(source.root, digest)


def _found(source: Source, overlay: Source, place: Pointer) -> Iterator[_Location]:
    """Yield the locations that an action matches; raise SourceError if it cannot be applied."""
    # Imported here: it takes a twentieth of a second, which a run without a policy need not wait.
    from jsonpath import JSONPathEnvironment, JSONPathError  # noqa: PLC0415

    action = overlay.value["actions"][int(place[-1])]
    at = (*place, "target")
    try:
        matches = list(JSONPathEnvironment(strict=True).finditer(action["target"], source.value))
    except JSONPathError as error:
        what = f"target is not a JSONPath (RFC 9535): {' '.join(str(error.args[0]).split())}"
        raise SourceError([overlay.problem(at, what)]) from None
    if not matches:
        hint = "An action that changes nothing is a mistake"
        what = f"target matches nothing in {source.path}"
        raise SourceError([overlay.problem(at, what, hint)])
    for match in matches:
        if (wrong := _unfit(match.parts, match.obj, action)) is not None:
            member, what, hint = wrong
            raise SourceError([overlay.problem((*place, member), what, hint)])
        yield match.parts


def _unfit(
    location: _Location, value: object, action: dict[str, object]
) -> tuple[str, str, str] | None:
    """Return why an action cannot change a value: the member at fault, what is wrong, a hint."""
    if action.get("remove"):
        whole = "target is the whole file, which cannot be removed"
        return None if location else ("target", whole, "")
    if "update" not in action:
        return "remove", "remove is false, and there is no update", "Remove this action"
    if isinstance(value, dict) and not isinstance(action["update"], dict):
        return "update", "target is an object, so update has to be one", ""
    if not isinstance(value, dict | list):
        hint = "Select the object that contains it, and update that"
        return "target", "target is neither an object nor an array", hint
    return None


def _changed(
    node: yaml.Node, found: Sequence[_Location], update: yaml.Node | None
) -> yaml.Node | None:
    """Return a node with an update merged into the elements at some locations, or without them.

    Nodes are copied on the way there: an anchor may use them elsewhere, too.
    """
    below: dict[str | int, list[_Location]] = {}
    for first, *rest in filter(None, found):
        below.setdefault(first, []).append(rest)

    def inside(part: str | int, child: yaml.Node) -> yaml.Node | None:
        return _changed(child, below[part], update) if part in below else child

    if below and isinstance(node, yaml.MappingNode):
        members = [(key, inside(key.value, value)) for key, value in node.value]
        node = _like(node, [(key, value) for key, value in members if value is not None])
    elif below:
        elements = [inside(index, each) for index, each in enumerate(node.value)]
        node = _like(node, [each for each in elements if each is not None])
    if all(found):
        return node
    return None if update is None else _merged(update, node)


def _merged(update: yaml.Node, target: yaml.Node) -> yaml.Node:
    """Return an object with the members of an update, or an array with an update at its end."""
    if isinstance(target, yaml.SequenceNode):
        return _like(target, [*target.value, update])
    members = {key.value: (key, value) for key, value in target.value}
    for key, value in update.value:
        old_key, old = members.get(key.value, (key, None))
        if isinstance(old, yaml.MappingNode) and isinstance(value, yaml.MappingNode):
            members[key.value] = (old_key, _merged(value, old))
        elif isinstance(old, yaml.SequenceNode) and isinstance(value, yaml.SequenceNode):
            members[key.value] = (old_key, _like(old, [*old.value, *value.value]))
        else:
            members[key.value] = (key, value)
    return _like(target, list(members.values()))


def _like(node: yaml.Node, value: list[object]) -> yaml.Node:
    return type(node)(node.tag, value, node.start_mark, node.end_mark)
