"""Check that a file is valid OpenAPI, and its extensions; each mistake has its line."""

from __future__ import annotations

import re
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from . import versions
from .describing import actual
from .documents import files
from .documents.source import BrokenReferenceError, follow, get, objects
from .model import METHODS
from .reading.places import parameter_places
from .schemas import dialects, growth
from .visible import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .documents.source import Pointer, Problem, Source

_LONGEST = 320
MOST_FOUND = 100
_SCHEMA = Path(__file__).with_name("extensions.schema.yaml")


def problems(source: Source) -> Iterator[Problem]:
    """Yield what is wrong with a file as OpenAPI.

    First the shape is checked, then the extensions, the references and what they add up to, the
    patterns, the parameters of the paths, and what else openapi-spec-validator checks. Each check
    runs only if the one before it found nothing, and ends at its MOST_FOUNDth mistake.
    """
    document = source.value
    if (refused := versions.refused(document)) is not None:
        yield source.problem(*refused)
        return
    normal = dialects.normalized(source).value
    for stage in _STAGES:
        seen = document if stage in _AS_WRITTEN else normal
        found = list(dict.fromkeys(islice(stage(seen), MOST_FOUND)))
        if found:
            yield from (source.problem(place, _short(what)) for place, what in found)
            return


def _shape(document: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    for error in versions.shape(document).iter_errors(document):
        for inner in _deepest(error):
            yield tuple(str(part) for part in inner.instance_path), inner.message


def _deepest(error: jsonschema_rs.ValidationError) -> Iterator[jsonschema_rs.ValidationError]:
    """Yield the errors of the branch of an anyOf or oneOf that fits best."""
    branches = [
        branch
        for branch in getattr(error.kind, "context", None) or ()
        # The other choice is nearly always a reference, which the element does not try to be.
        if branch and '"$ref" is a required property' not in branch[0].message
    ]
    if not branches:
        yield error
        return
    nearest = min(branches, key=len)
    told = [inner for inner in nearest if inner.kind.name not in {"oneOf", "anyOf"}]
    for inner in told or nearest:
        yield from _deepest(inner)


def _extensions(document: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    for place, element in objects(document):
        # Under `properties` the names are those of members, whatever they look like.
        if place[-1:] != ("properties",):
            yield from _extension(place, element)


def _extension(place: Pointer, element: Mapping[str, Any]) -> Iterator[tuple[Pointer, str]]:
    """Yield the mistakes in the extensions of one element: the place, and what is wrong.

    `element` is the object at `place`; what stands deeper in it is not looked at, unless it belongs
    to one of its extensions.
    """
    own = {name: value for name, value in element.items() if name.startswith("x-")}
    for inner, what, hint in files.mistakes(own, _SCHEMA) if own else ():
        told = what if inner[1:] == () and what.startswith(inner) else f"{inner[0]}: {what}"
        yield (*place, *inner), f"{told}. {hint}" if hint else told
    if "x-validations" in element:
        for what in _out_of_sight(place, element):
            yield (*place, "x-validations"), f"x-validations has no effect {what}"


def _out_of_sight(place: Pointer, element: Mapping[str, Any]) -> Iterator[str]:
    """Yield the reasons why laws at a place would never be evaluated."""
    if {"content", "schema", "responses"} & element.keys():
        yield "here; it belongs on a schema"
    for before, part in pairwise(("", *place)):
        # Which branch a value took is not known; and a property may have such a name.
        if part in _BRANCHES and before != "properties":
            yield f"below {part}; put it on the schema that has {part}"


_BRANCHES = frozenset({"anyOf", "oneOf", "not", "additionalProperties"})


def _references(document: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    for place, element in objects(document):
        if isinstance(element.get("$ref"), str):
            try:
                follow(document, place)
            except BrokenReferenceError as error:
                yield (*error.place, "$ref"), f"{error}; references look like '#/components/…'"


def _patterns(document: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    for place, element in objects(document):
        pattern = element.get("pattern")
        if isinstance(pattern, str) and not any(part.startswith("x-") for part in place):
            try:
                jsonschema_rs.Draft202012Validator({"pattern": pattern})
            except ValueError:
                what = "is not a regular expression, or needs too much memory"
                yield (*place, "pattern"), f"the pattern {actual(pattern)} {what}"


# The validator below knows most of these too, but not where they stand.
def _paths(document: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    first: dict[str, str] = {}
    for path, item in document["paths"].items():
        if not path.startswith("/"):
            continue
        if "$ref" in item:
            yield ("paths", path, "$ref"), "a path is written out; $ref is not supported for it"
            continue
        names = re.findall(r"\{([^{}]*)\}", path)
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield ("paths", path), f"the path has {{{name}}} more than once"
        for place in (("paths", path, method) for method in METHODS if method in item):
            yield from _path_parameters(document, place, set(names))
            name = get(document, place).get("operationId")
            if name in first:
                at = (*place, "operationId")
                yield at, f"operationId {name!r} stands twice, first at {first[name]}"
            elif name is not None:
                first[name] = path


def _path_parameters(
    document: dict[str, Any], place: Pointer, names: set[str]
) -> Iterator[tuple[Pointer, str]]:
    found: dict[str, Pointer] = {}
    for at in parameter_places(document, place):
        _, parameter = follow(document, at)
        if parameter.get("in") == "path":
            found[parameter["name"]] = at
    for name in sorted(names - found.keys()):
        yield place, f"the path has {{{name}}}, and no path parameter of that name"
    for name in sorted(found.keys() - names):
        yield found[name], f"the path parameter {name} is not in the path {place[1]}"


def _meaning(document: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    found = False
    try:
        for error in versions.meaning(document).iter_errors():
            message = error.message.split("Failed validating")[0]
            if message.strip().endswith("is not a 'regex'"):
                continue  # it reads them as Python does; see above
            found = True
            yield tuple(str(part) for part in error.absolute_path), message
    except RecursionError:
        yield (), "its schemas stand too deeply within each other"
    except Exception as error:  # noqa: BLE001 - it breaks on some of the files it should refuse
        if not found:
            yield (), f"is not OpenAPI: {type(error).__name__}: {error}"


def _nullables(document: dict[str, Any]) -> Iterator[tuple[Pointer, str]]:
    for place, element in objects(document):
        if element.get("nullable") is True and not _TYPED & element.keys():
            yield (*place, "nullable"), "nullable has no effect without a type beside it"


_TYPED = {"type", "allOf", "anyOf", "oneOf"}


_STAGES = (
    *(_shape, _extensions, _references, growth.problems),
    *(_patterns, _paths, _meaning, _nullables),
)


_AS_WRITTEN = {_shape, _meaning}
"""Those that know the words of each version; the others know those of 3.0."""


def _short(message: str) -> str:
    text = " ".join(message.split())
    return cut(text, _LONGEST)
