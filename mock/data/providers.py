"""Providers: the names that a contract's `x-faker` can have.

The stub has `constant`, `random_element`, `random_int`, `normal`, `instant`, `day_of` and
`unique_code`, and `record` for members that fit together. Every other name is a method of Faker, in
the locale of the contract's `x-faker-locale`.
"""

from __future__ import annotations

import datetime
import decimal
import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...spec.documents.pointers import split
from . import times
from .codes import CodeForm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from faker import Generator

    from ...spec.contract import Contract
    from ...spec.documents.pointers import Pointer
    from .keystream import Draw

_ATTEMPTS = 16


class ProviderError(ValueError):
    """An `x-faker` that cannot be used; `place` is where it stands."""

    def __init__(self, message: str, place: Pointer = ()) -> None:
        self.place = place
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Derived:
    """A value that follows from other members of the same record, at the places `sources`."""

    sources: tuple[Pointer, ...]
    make: Callable[[Draw, Sequence[Any]], Any]


@dataclass(frozen=True, slots=True)
class RecordCase:
    """One case of a record: its weight, the values it sets, and the directives it draws from."""

    weight: int
    fixed: Mapping[Pointer, Any]
    drawn: Mapping[Pointer, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordProvider:
    """A record: its members fit together, in one of several cases."""

    cases: tuple[RecordCase, ...]


class Providers:
    """Reads the `x-faker` directives of one contract; its data ends on the day `today`."""

    def __init__(self, locale: str | None, today: datetime.date | None = None) -> None:
        self.locale = locale or "en_US"
        self.today = today or times.TODAY

    @classmethod
    def of(cls, contract: Contract, today: datetime.date | None = None) -> Providers:
        """Return the providers of a contract, in its locale."""
        locale = contract.document.get("x-faker-locale")
        return cls(None if locale is None else str(locale), today)

    @cached_property
    def _faker(self) -> Generator:
        # Imported here: it takes a sixth of a second, and not every contract needs it.
        from faker import Faker  # noqa: PLC0415

        try:
            return Faker(self.locale)._factories[0]  # type: ignore[no-any-return]  # noqa: SLF001
        except AttributeError:
            raise ProviderError(
                f"Faker has no locale {self.locale!r}", ("x-faker-locale",)
            ) from None

    def read(self, directive: Any) -> Callable[[Draw], Any] | CodeForm | Derived | RecordProvider:
        """Read a directive; raise ProviderError if it cannot be used."""
        name, arguments = _split(directive)
        try:
            if name in _OWN:
                return _OWN[name](arguments)
            if name == "instant":
                return times.instant(arguments, self.today)
            if name == "record":
                return _record(arguments)
            return self._method(name, arguments)
        except ProviderError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ProviderError(f"{name}: {error}") from None

    def _method(self, name: str, arguments: Any) -> Callable[[Draw], Any]:
        arguments = {} if arguments is None else arguments
        if not isinstance(arguments, Mapping):
            raise ProviderError(f"{name} takes its arguments by name")
        faker = self._faker
        known = not name.startswith("_") and any(hasattr(p, name) for p in faker.providers)
        method = getattr(faker, name, None) if known else None
        if not callable(method):
            own = ", ".join((*_OWN, "instant", "record"))
            raise ProviderError(f"Faker has no method {name!r}; our own providers are {own}")
        wrong = arguments.keys() - inspect.signature(method).parameters.keys()
        if wrong:
            raise ProviderError(f"Faker's {name} has no argument {min(wrong)!r}")

        def make(draw: Draw) -> Any:
            faker.seed_instance(draw.bits())
            return plain(method(**arguments))

        return make


def _split(directive: Any) -> tuple[str, Any]:
    if isinstance(directive, str):
        return directive, {}
    if isinstance(directive, Mapping) and len(directive) == 1:
        ((name, arguments),) = directive.items()
        return str(name), arguments
    raise ProviderError("x-faker is the name of a provider, or maps one name to its arguments")


def plain(value: Any) -> Any:  # noqa: PLR0911 - a table of types
    """Return a value of Faker as one that JSON can hold; raise TypeError if there is none."""
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=datetime.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, set | frozenset):
        return sorted(plain(each) for each in value)
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    json.dumps(value)  # raises TypeError on anything else
    return value


def _constant(value: Any) -> Callable[[Draw], Any]:
    return lambda _draw: value


def _random_element(arguments: Any) -> Callable[[Draw], Any]:
    elements = arguments.get("elements") if isinstance(arguments, Mapping) else arguments
    if not isinstance(elements, list) or not elements:
        raise ValueError("elements has to be a list with at least one value")
    return lambda draw: draw.pick(elements)


def _random_int(arguments: Any) -> Callable[[Draw], Any]:
    low, high = arguments.get("min", 0), arguments.get("max", 9999)
    if not isinstance(low, int) or not isinstance(high, int) or low > high:
        raise ValueError(f"min {low} and max {high} are not a range of integers")
    return lambda draw: draw.between(low, high)


def _normal(arguments: Any) -> Callable[[Draw], Any] | Derived:
    """Read a normal distribution, whose mean may follow from other members of the record."""
    unknown = arguments.keys() - {"mean", "deviation", "min", "max", "step", "plus"}
    if unknown:
        raise ValueError(f"it has no argument {min(unknown)!r}")
    mean, deviation = arguments["mean"], arguments["deviation"]
    least, most = arguments["min"], arguments["max"]
    step, plus = arguments.get("step", 1), arguments.get("plus", {})
    numbers = (mean, deviation, least, most, step, *plus.values())
    if not all(isinstance(each, int | float) for each in numbers) or least > most or step <= 0:
        raise ValueError("mean, deviation, min, max, step and plus have to be numbers, min <= max")

    def make(draw: Draw, sources: Sequence[Any] = ()) -> int | float:
        others = zip(plus.values(), sources, strict=True)
        middle = mean + sum(
            slope * other for slope, other in others if isinstance(other, int | float)
        )
        for _ in range(_ATTEMPTS):
            value = round((middle + deviation * draw.gauss()) / step) * step
            if least <= value <= most:
                break
        value = min(max(value, least), most)
        return int(value) if value == int(value) else value

    return Derived(tuple(map(split, plus)), make) if plus else make


def _day_of(arguments: Any) -> Derived:
    source, make = times.day_of(arguments)
    return Derived((source,), make)


_OWN: Mapping[str, Callable[[Any], Callable[[Draw], Any] | CodeForm | Derived]] = {
    "constant": _constant,
    "random_element": _random_element,
    "random_int": _random_int,
    "normal": _normal,
    "day_of": _day_of,
    "unique_code": CodeForm.read,
}


def _record(arguments: Any) -> RecordProvider:
    cases = []
    for raw in arguments.get("cases", ()):
        unknown = raw.keys() - {"weight", "set", "draw"}
        if unknown:
            raise ValueError(f"a case has {min(unknown)!r}; expected weight, set or draw")
        weight = raw.get("weight", 1)
        if not isinstance(weight, int) or weight < 1:
            raise ValueError(f"the weight of a case is {weight!r}; expected an integer from 1")
        fixed = {split(at): value for at, value in (raw.get("set") or {}).items()}
        drawn = {split(at): value for at, value in (raw.get("draw") or {}).items()}
        cases.append(RecordCase(weight, fixed, drawn))
    if not cases:
        raise ValueError("record needs a list of cases")
    return RecordProvider(tuple(cases))
