"""Parsed requests: what a request asks for, and the conditions of the contract that it meets."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ...spec.model.operation import Operation

OTHER_METHODS = "operation.otherMethods"
UNKNOWN_LIST = "parameter.unknown"
CURSOR = "parameter.cursor"
CONTENT_CODING = "operation.contentCoding"
ANOTHER_TOKEN = "security.another"  # noqa: S105 - the name of a condition


class Kind(StrEnum):
    """What a condition means for the response."""

    INVALID = "invalid"
    """The request is wrong, and must get an error response."""
    OPEN = "open"
    """The contract leaves the response open, or a separate rule says what is allowed."""
    VALID = "valid"
    """The request is valid, and tests something that has to work."""


class Condition(NamedTuple):
    """A condition of the contract that a request meets."""

    element: str
    """The element of the contract, for people: 'query parameter page'."""
    aspect: str
    """What the condition tests, as in `spec.register`: 'parameter.missing'."""
    kind: Kind
    requirement: str | None
    """The requirement that the contract ties to it."""

    @property
    def name(self) -> str:
        """The condition without the kind of element: 'missing'."""
        return self.aspect.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """What a request asks for.

    `values` are the parameters as parsed, without those that are wrong.
    """

    operation: Operation
    values: Mapping[str, Any]
    conditions: tuple[Condition, ...]
    deviations: tuple[Condition, ...] = field(init=False)
    """The conditions that are not `Kind.VALID`."""
    collection: tuple[tuple[str, str], ...] = field(init=False)
    """The path parameters, and those sent that select or sort, which name the list that is read."""

    def __post_init__(self) -> None:
        # Computed once: every rule asks for them.
        deviations = tuple(each for each in self.conditions if each.kind is not Kind.VALID)
        object.__setattr__(self, "deviations", deviations)
        object.__setattr__(self, "collection", tuple(self._names()))

    def _names(self) -> Iterator[tuple[str, str]]:
        for parameter in self.operation.located("path"):
            yield parameter.name, str(self.values.get(parameter.name, ""))
        for name, default in self.operation.selecting.items():
            value = self.values.get(name)
            if value is not None and value != default:
                yield name, str(value)

    @property
    def page(self) -> int | None:
        """The requested page, None if it is missing or invalid."""
        paging = self.operation.pagination
        return self.values.get(paging.page.name) if paging else None

    @property
    def size(self) -> int | None:
        """The requested page size, None if it is missing or invalid."""
        size = self.operation.size
        return self.values.get(size.name) if size else None

    @property
    def first_row(self) -> int:
        """How many rows stand before this page in the whole list."""
        return ((self.page or 1) - 1) * (self.size or 0)

    @property
    def is_invalid(self) -> bool:
        """Whether the request is wrong in some way, and must get an error response."""
        return any(condition.kind is Kind.INVALID for condition in self.deviations)

    @property
    def is_valid(self) -> bool:
        """Whether the request is valid, and the contract leaves nothing about it open."""
        return not self.deviations

    @property
    def reads_a_list(self) -> bool:
        """Whether the request is valid, if the cursor that it may have is one of the server's."""
        return self.is_valid or self.only(CURSOR) is not None

    @property
    def has_valid_token(self) -> bool:
        """Whether the request has a valid token, or needs none."""
        return not any(
            each.kind is Kind.INVALID and each.aspect.startswith("security.")
            for each in self.deviations
        )

    def only(self, *aspects: str) -> Condition | None:
        """Return the one deviation if there is exactly one and it has one of these aspects."""
        only = self.deviations[0] if len(self.deviations) == 1 else None
        return only if only is not None and only.aspect in aspects else None

    def meets(self, *aspects: str) -> bool:
        """Whether the request meets a condition with one of these aspects."""
        return any(condition.aspect in aspects for condition in self.conditions)
