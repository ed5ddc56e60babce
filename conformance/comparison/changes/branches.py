"""The branches of anyOf and oneOf: which of two schemas belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ....spec.describing import actual, describe

if TYPE_CHECKING:
    from collections.abc import Callable

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
