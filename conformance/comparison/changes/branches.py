"""The branches of anyOf and oneOf: which of two schemas belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ....spec.describing import actual, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conjunction import Conjunction, Places


class Paired(NamedTuple):
    """The branches that belong together, and those that only one schema has."""

    pairs: list[tuple[Places, Places]]
    gone: list[Places]
    more: list[Places]


def paired(
    old_schema: Conjunction, new_schema: Conjunction, old: list[Places], new: list[Places]
) -> Paired:
    """Pair branches: first those of one component, then those that say the same, then the rest."""
    found: list[tuple[Places, Places]] = []

    def pair(key: Callable[[Conjunction, Places], str | None]) -> None:
        keyed = {name: each for each in reversed(new) if (name := key(new_schema, each))}
        for each in list(old):
            other = keyed.pop(key(old_schema, each) or "", None)
            if other is not None:
                found.append((each, other))
                old.remove(each)
                new.remove(other)

    old, new = list(old), list(new)
    pair(component)
    pair(text)
    found += zip(old, new, strict=False)
    both = min(len(old), len(new))
    return Paired(found, old[both:], new[both:])


def component(schema: Conjunction, places: Places) -> str | None:
    """Return the name of the component that a branch is, None if it is none."""
    place = schema.at(places).place()
    # components/schemas/NAME
    return place[-1] if place[:2] == ("components", "schemas") and not place[3:] else None


def text(schema: Conjunction, places: Places) -> str:
    """Return a branch as a text that is equal to that of a branch that says the same."""
    return schema.at(places).text()


def label(schema: Conjunction, places: Places) -> str:
    """Return a branch in words: the name of its component, or what it allows."""
    parts = schema.at(places).parts
    return component(schema, places) or actual(describe(next(iter(parts.values()), {})))


def discriminated(
    old_schema: Conjunction, new_schema: Conjunction
) -> Iterator[tuple[str, str, str, str]]:
    """Yield what happened to the discriminator: the event, the value, and both meanings of it.

    The values of a branch that only one of the schemas has are part of that change.
    """
    was, now = _discriminator(old_schema), _discriminator(new_schema)
    if was is None or now is None or was.name != now.name:
        if was is not now:
            yield "changed", "", "", ""
        return
    for value in {**was.means, **now.means}:
        before, after = was.means.get(value), now.means.get(value)
        if before and after and before != after:
            yield "valueChanged", value, before, after
        elif after is None and before != value and now.knows(before):
            yield "valueRemoved", value, value, ""
        elif before is None and after != value and was.knows(after):
            yield "valueAdded", value, "", value


class _Discriminator(NamedTuple):
    """The member that chooses a branch, the component that its values mean, and all branches."""

    name: Any
    means: dict[str, str]
    branches: frozenset[str | None]

    def knows(self, meaning: str | None) -> bool:
        return not self.branches or meaning in self.branches


def _discriminator(schema: Conjunction) -> _Discriminator | None:
    for _, value in schema.values("discriminator"):
        if isinstance(value, dict):
            mapping = value.get("mapping")
            pairs = mapping.items() if isinstance(mapping, dict) else ()
            means = {str(name): str(to).rpartition("/")[2] for name, to in pairs}
            places = (branch for _, branches in schema.groups() for branch in branches)
            branches = frozenset(component(schema, (place,)) for place in places)
            return _Discriminator(value.get("propertyName"), means, branches)
    return None
