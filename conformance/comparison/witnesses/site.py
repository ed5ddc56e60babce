"""Sites: the parts of an operation in which two contracts may differ."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ....spec import path_templates

if TYPE_CHECKING:
    from ....spec.documents.pointers import Pointer
    from ....spec.model.operation import Operation

ELEMENT, ANY = "0", "*"
"""The steps of a place into every element of an array, and into every member of an object."""


class Part(StrEnum):
    """A part of an operation."""

    OPERATION = "operation"
    PARAMETER = "parameter"
    """A parameter; `name` has its location and its name, as in 'query page'."""
    REQUIRED_HEADER = "requiredHeader"
    """A header that requests need, by its `name`, and that OpenAPI cannot describe."""
    BODY = "body"
    """The body of requests; `name` is its media type, '' for any."""
    SECURITY = "security"
    STATUS = "status"
    """A `status` of responses."""
    MEDIA = "media"
    """A media type, called `name`, of the responses with a `status`."""
    HEADER = "header"
    """A header, called `name`, of the responses with a `status`."""
    RESPONSE = "response"
    """The body of the responses with a `status`; `name` is its media type, '' for any."""
    BEHAVIOR = "behavior"
    """What whole exchanges show: how a list is paged and sorted, how errors are written.

    `name` is a member of x-pagination, or an extension, with the parameter that it is of.
    """


OF_RESPONSES = {Part.STATUS, Part.MEDIA, Part.HEADER, Part.RESPONSE, Part.BEHAVIOR}


@dataclass(frozen=True, slots=True)
class Site:
    """Where two contracts may differ.

    `old` and `new` are the same operation in both, None where it does not exist. `at` is a place in
    the value, with ELEMENT and ANY for all elements and members, and () for the whole value. With
    `law`, the difference is in the laws of that value, and others do not count.
    """

    old: Operation | None
    new: Operation | None
    part: Part | str
    name: str = ""
    status: str = ""
    at: Pointer = ()
    law: bool = False

    def admits(self, place: Pointer, *, law: bool) -> bool:
        """Whether a violation at a place, of a law or of a schema, can be due to the site."""
        return covers(self.at, place) and (law or not self.law)

    def parameter(self, operation: Operation | None) -> str:
        """Return the name of its parameter in one of the operations; those of paths may differ."""
        location, _, name = self.name.partition(" ")
        if location != "path" or self.old is None or operation is None:
            return name
        names, there = (path_templates.names(each.path) for each in (self.old, operation))
        return there[names.index(name)] if name in names and len(names) == len(there) else name

    @property
    def is_of_responses(self) -> bool:
        """Whether a difference is one between responses, not between requests."""
        return self.part in OF_RESPONSES


def covers(at: Pointer, place: Pointer) -> bool:
    """Whether one of two places is in the other; `at` may have steps for all elements."""
    return all(
        own in {step, ANY} or (own == ELEMENT and step.isdecimal())
        for own, step in zip(at, place, strict=False)
    )
