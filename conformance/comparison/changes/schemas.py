"""What differs between two schemas: keyword by keyword, and in what is inside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from ....spec.schemas.writer import Direction
from ..witnesses.site import ANY, ELEMENT
from .branches import discriminated, label, paired, text
from .change import TEXT, UNREAD
from .conjunction import Conjunction
from .kinds import table
from .laws import laws
from .values import admitted, changed_values, compared, few, in_words, is_plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ....spec.contract import Contract
    from ....spec.documents.pointers import Pointer
    from .conjunction import Places

_HIDING = {Direction.REQUEST: "readOnly", Direction.RESPONSE: "writeOnly"}
"""What is not in values of a direction."""
_INSIDE = {"allOf", "anyOf", "oneOf", "properties", "required", "items", "prefixItems"}
_COMPARED = {"additionalProperties", "discriminator", "default", "readOnly", "writeOnly"}
_COMPARED |= {"nullable", "exclusiveMinimum", "exclusiveMaximum", "x-validations", "x-stable"}
_COMPARED |= {"x-requirement", "x-error-code"}
_NO_ASSERTION = {"type", "nullable", "discriminator"}
_MOST_PAIRS = 200_000


class Difference(NamedTuple):
    """One difference: its kind, what it is about, the values in words, and the places.

    `at` is the place in the values that the schemas are about. With `is_exclusive`, it is in a
    branch of oneOf: a value that fits two branches is not valid, so it can be the other way round.
    """

    kind: str
    name: str
    old: str
    new: str
    old_place: Pointer
    new_place: Pointer
    at: Pointer
    is_exclusive: bool = False


class _Pair(NamedTuple):
    """The differences between two schemas themselves, and the pairs of schemas inside them."""

    differences: list[Difference]
    inside: list[SchemaPair]


class SchemaPair(NamedTuple):
    """Two schemas, at a place in the values of those that they are in.

    With `is_optional`, requests can leave out the value in both contracts, so that a default
    matters. With `is_exclusive`, they are in a branch of oneOf.
    """

    old: Places
    new: Places
    at: Pointer = ()
    is_optional: bool = False
    is_exclusive: bool = False


class SchemaComparison:
    """Compares schemas of two documents; each pair of schemas is compared once."""

    def __init__(self, old: Contract, new: Contract) -> None:
        self._old, self._new = old, new
        self._pairs: dict[tuple[SchemaPair, Direction, bool], _Pair] = {}

    def differences(
        self, both: SchemaPair, direction: Direction, *, is_text: bool = False
    ) -> Iterator[Difference]:
        """Yield the differences between two schemas and what is inside, each with its place.

        With `is_text`, their values are sent as texts.
        """
        seen = {both}
        ahead = [both]
        while ahead:
            around = ahead.pop()
            pair = self._pair(around, direction, is_text=is_text)
            for found in pair.differences:
                place = (*around.at, *found.at)
                yield found._replace(at=place, is_exclusive=around.is_exclusive)
            for each in reversed(pair.inside):
                is_exclusive = each.is_exclusive or around.is_exclusive
                key = each._replace(at=(), is_exclusive=is_exclusive)
                if key not in seen and len(seen) < _MOST_PAIRS:
                    seen.add(key)
                    ahead.append(key._replace(at=(*around.at, *each.at)))

    def _pair(self, both: SchemaPair, direction: Direction, *, is_text: bool) -> _Pair:
        key = (both._replace(at=(), is_exclusive=False), direction, is_text)
        if key not in self._pairs:
            was = Conjunction(self._old, both.old, is_text=is_text)
            now = Conjunction(self._new, both.new, is_text=is_text)
            one = _Comparing(was, now, direction, is_optional=both.is_optional)
            one.compare()
            self._pairs[key] = _Pair(one.found, one.inside)
        return self._pairs[key]


class _Comparing:
    """Compares two schemas."""

    def __init__(
        self, old: Conjunction, new: Conjunction, direction: Direction, *, is_optional: bool
    ) -> None:
        self.old, self.new, self.direction = old, new, direction
        self.is_optional = is_optional
        self.found: list[Difference] = []
        self.inside: list[SchemaPair] = []

    def compare(self) -> None:
        self._laws()
        self._flags()
        self._people()
        if self._listed() or self._wrapped():
            return
        self._keywords()
        was, now = self.old.admitted(), self.new.admitted()
        if was != now and not (was & now - {"null"}):
            return  # they have no value in common, so nothing else matters
        self._groups(self.old.groups(), self.new.groups())
        for event, name, old, new in discriminated(self.old, self.new):
            was_, now_ = (each.place("discriminator") for each in (self.old, self.new))
            kind = f"discriminator.{event}"
            self.found.append(Difference(kind, name, old, new, was_, now_, ()))
        self._properties()
        self._others()
        self._items()

    def _add(self, kind: str, keyword: str, *, old: str = "", new: str = "") -> None:
        was, now = (each.place(keyword) for each in (self.old, self.new))
        self.found.append(Difference(kind, keyword, old, new, was, now, ()))

    def _keywords(self) -> None:
        for keyword in table().keywords:
            if keyword in self.old.names or keyword in self.new.names or keyword == "type":
                for name, old, new in compared(keyword, self.old, self.new):
                    if name in {"nullAdded", "nullRemoved"}:
                        self._null(f"{keyword}.{name}")
                    else:
                        self._add(f"{keyword}.{name}", keyword, old=old, new=new)

    def _listed(self) -> bool:
        """Compare two schemas by the values that one of them admits; return whether it can be."""
        if all(map(is_plain, (self.old, self.new))):
            return False
        was, now = (admitted(each, self.direction) for each in (self.old, self.new))
        if was is not None and now is not None:
            words = in_words(self.old, was), in_words(self.new, now)
            for name, old, new in changed_values(*words):
                self._add(f"enum.{name}", "enum", old=old, new=new)
            if not self.old.is_text and (None in was) != (None in now):
                self._null("type.nullAdded" if None in now else "type.nullRemoved")
            return True
        if was and now is None and self._all_admitted(self.new, was):
            self._add("enum.removed", "enum", old=_in_words(self.old, was))
        elif now and was is None and self._all_admitted(self.old, now):
            self._add("enum.added", "enum", new=_in_words(self.new, now))
        else:
            return False
        return True

    def _all_admitted(self, by: Conjunction, values: list[Any] | None) -> bool:
        """Whether a schema admits all values of a list, None if there is none."""
        if values is None or by.is_text:
            return False
        return all(by.admits(each, self.direction) for each in values)

    def _null(self, kind: str) -> None:
        places = self.old.place_of_null(), self.new.place_of_null()
        self.found.append(Difference(kind, "null", "", "", *places, ()))

    def _laws(self) -> None:
        for event, old, new, places in laws(self.old, self.new):
            self.found.append(Difference(f"law.{event}", "the law", old, new, *places, ()))

    def _flags(self) -> None:
        for keyword in ("readOnly", "writeOnly", "x-stable"):
            was, now = self.old.flag(keyword), self.new.flag(keyword)
            if was != now:
                self._add(f"{keyword}.{'added' if now else 'removed'}", keyword)
        was_, now_ = (_first(each.values("default")) for each in (self.old, self.new))
        same = self.old.is_text and was_ and now_ and was_.strip('"') == now_.strip('"')
        if was_ != now_ and not same:
            event = "added" if was_ is None else "removed" if now_ is None else "changed"
            matters = self.is_optional or self.direction is Direction.RESPONSE
            kind = f"default.{event}" if matters else TEXT
            self._add(kind, "default", old=was_ or "", new=now_ or "")

    def _people(self) -> None:
        """Add what changed in members that are for people, or that are not read."""
        known = _INSIDE | _COMPARED | table().keywords.keys()
        for keyword in sorted((self.old.names | self.new.names) - known):
            was, now = (
                [_json(value) for _, value in each.values(keyword)] for each in (self.old, self.new)
            )
            if was != now and (kind := kind_of_member(keyword)) is not None:
                self._add(kind, keyword)

    def _wrapped(self) -> bool:
        """Compare a schema with one that has it as a branch; return whether this is so."""
        for one, other in ((self.old, self.new), (self.new, self.old)):
            groups = other.groups()
            if one.groups() or len(groups) != 1:
                continue
            ((keyword, branches),) = groups
            if other.asserting - {keyword} - _NO_ASSERTION or not one.asserting:
                continue
            whole: list[Places] = [one.starts]
            parts: list[Places] = [(branch,) for branch in branches]
            if "type" in other.asserting and one.text() not in [text(other, p) for p in parts]:
                continue
            if one is self.old:
                self._branches(keyword, whole, parts)
            else:
                self._branches(keyword, parts, whole)
            return True
        return False

    def _groups(
        self, old: list[tuple[str, list[Pointer]]], new: list[tuple[str, list[Pointer]]]
    ) -> None:
        for (was, old_branches), (now, new_branches) in zip(old, new, strict=False):
            if was != now:
                self._add("oneOf.strict" if now == "oneOf" else "oneOf.loose", "oneOf")
            ours: list[Places] = [(branch,) for branch in old_branches]
            theirs: list[Places] = [(branch,) for branch in new_branches]
            self._branches(now, ours, theirs)
        for keyword, _ in old[len(new) :]:
            self._add("branches.removed", keyword)
        for keyword, _ in new[len(old) :]:
            self._add("branches.added", keyword)

    def _branches(self, keyword: str, old: list[Places], new: list[Places]) -> None:
        """Compare two lists of branches."""
        found = paired(self.old, self.new, old, new)
        is_exclusive = keyword == "oneOf"
        self.inside += [SchemaPair(*each, is_exclusive=is_exclusive) for each in found.pairs]
        for each in found.gone:
            if not self._adds_nothing(keyword, self.old.at(each), self.new):
                self._add("branch.removed", keyword, old=label(self.old, each))
        for each in found.more:
            if not self._adds_nothing(keyword, self.new.at(each), self.old):
                self._add("branch.added", keyword, new=label(self.new, each))

    def _adds_nothing(self, keyword: str, branch: Conjunction, without: Conjunction) -> bool:
        """Whether a schema without a branch of anyOf admits all that the branch lists."""
        if keyword != "anyOf":
            return False
        return self._all_admitted(without, admitted(branch, self.direction))

    def _properties(self) -> None:
        was, now = self.old.properties(), self.new.properties()
        needed = [self._required(self.old, was), self._required(self.new, now)]
        for name in {**was, **now}:
            hidden = [
                self._is_hidden(each, places.get(name, ()))
                for each, places in ((self.old, was), (self.new, now))
            ]
            is_needed = name in needed[0], name in needed[1]
            if name in was and name in now:
                if not all(hidden):
                    can_be_left_out = not any(is_needed)
                    pair = SchemaPair(was[name], now[name], (name,), can_be_left_out)
                    self.inside.append(pair)
                    if is_needed[0] != is_needed[1]:
                        kind = "property.required" if is_needed[1] else "property.optional"
                        self._member(kind, name, was[name], now[name])
            elif name in now:
                self._one_sided("added", name, is_needed, now[name], hidden=hidden[1])
            else:
                self._one_sided("removed", name, is_needed, was[name], hidden=hidden[0])
        for name in (needed[0] ^ needed[1]) - was.keys() - now.keys():
            kind = "property.required" if name in needed[1] else "property.optional"
            self._member(kind, name, (), ())

    def _one_sided(
        self, event: str, name: str, needed: tuple[bool, bool], places: Places, *, hidden: bool
    ) -> None:
        """Compare a property that only one schema names with what the other says of the others."""
        is_new = event == "added"
        other, is_needed = (self.old, needed[1]) if is_new else (self.new, needed[0])
        rest = other.additional()
        if isinstance(rest, tuple):
            pair = (rest, places) if is_new else (places, rest)
            self.inside.append(SchemaPair(*pair, (name,)))
            if needed[0] != needed[1]:
                kind = "property.required" if needed[1] else "property.optional"
                self._member(kind, name, *pair)
            return
        is_needed = is_needed and not hidden
        is_request = self.direction is Direction.REQUEST
        closed = rest is False and not hidden and is_new is not is_request
        kind = "closed" if closed else "required" if is_needed else "optional"
        if is_request and not (is_new or closed or hidden):
            kind = "ignored"
        pair = ((), places) if is_new else (places, ())
        self._member(f"property.{event}.{kind}", name, *pair)

    def _member(self, kind: str, name: str, old: Places, new: Places) -> None:
        old_place = old[0] if old else self.old.place("properties")
        new_place = new[0] if new else self.new.place("properties")
        self.found.append(Difference(kind, name, "", "", old_place, new_place, (name,)))

    def _required(self, schema: Conjunction, properties: Mapping[str, Places]) -> set[str]:
        needed = schema.required()
        return {n for n in needed if not self._is_hidden(schema, properties.get(n, ()))}

    def _is_hidden(self, schema: Conjunction, places: Places) -> bool:
        return bool(places) and schema.at(places).flag(_HIDING[self.direction])

    def _others(self) -> None:
        was, now = self.old.additional(), self.new.additional()
        keyword = "additionalProperties"
        if isinstance(was, tuple) and isinstance(now, tuple):
            self.inside.append(SchemaPair(was, now, (ANY,)))
        elif was is True and isinstance(now, tuple):
            self._add("additionalProperties.added", keyword)
        elif now is True and isinstance(was, tuple):
            self._add("additionalProperties.removed", keyword)
        elif was != now:
            kind = "refused" if now is False else "allowed"
            self._add(f"additionalProperties.{kind}", keyword)

    def _items(self) -> None:
        firsts = [each.children_of_list("prefixItems") for each in (self.old, self.new)]
        for index, (was, now) in enumerate(zip(*firsts, strict=False)):
            self.inside.append(SchemaPair((was,), (now,), (str(index),)))
        if len(firsts[0]) != len(firsts[1]):
            self._add("prefixItems.changed", "prefixItems")
        was, now = (each.children("items") for each in (self.old, self.new))
        if was and now:
            self.inside.append(SchemaPair(was, now, (ELEMENT,)))
        elif was or now:
            self._add(f"items.{'removed' if was else 'added'}", "items")


def kind_of_member(name: str) -> str | None:
    """Return the kind of a change of a member that is only compared as a whole."""
    if name in table().people:
        return TEXT
    return UNREAD if name.startswith("x-") else None


def _in_words(schema: Conjunction, values: list[Any]) -> str:
    words = list(in_words(schema, values).values())
    return ", ".join(few(words or ["null"]))


def _first(values: Iterable[tuple[Pointer, Any]]) -> str | None:
    return next((_json(value) for _, value in values), None)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
