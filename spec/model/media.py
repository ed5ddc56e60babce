"""Responses and request bodies, with their media types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..documents.pointers import Pointer
    from ..parameters import Parameter
    from ..parameters.shape import Shape
    from ..schemas.validation import Schema


@dataclass(frozen=True, slots=True)
class Media:
    """One media type of a body: its schema, its examples by name, and the types of its values.

    `encoding` is how the members of a form are written, as in the contract.
    """

    type: str
    schema: Schema | None
    examples: Mapping[str, Any]
    shape: Shape
    encoding: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class DeclaredResponse:
    """A response of the contract; `status` is a number, a range such as '4XX', or 'default'."""

    status: str
    description: str
    media: Mapping[str, Media]
    headers: Mapping[str, Parameter]
    place: Pointer

    def media_for(self, media_type: str | None) -> Media | None:
        """Return what is declared for a media type, or for a range that has it; None for neither.

        The media type is in lower case and without parameters.
        """
        return None if media_type is None else _media_for(media_type, self.media)

    @property
    def json(self) -> Media | None:
        """The JSON media type of the response, None if it has none."""
        for name, media in self.media.items():
            if is_json(name):
                return media
        return None

    @property
    def schema(self) -> Schema | None:
        """The schema of the JSON body, None if it has none."""
        return self.json.schema if self.json else None


def first_success(responses: Mapping[str, DeclaredResponse]) -> DeclaredResponse | None:
    """Return the first response with a 2xx status, None if there is none."""
    return next((each for status, each in sorted(responses.items()) if status[:1] == "2"), None)


def essence(media_type: str) -> str:
    """Return a media type without its parameters, in lower case."""
    return media_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON."""
    kind = essence(media_type)
    return kind == "application/json" or kind.endswith("+json")


def _media_for(kind: str, media: Mapping[str, Media]) -> Media | None:
    """Return what is declared for a media type, or for the narrowest range that has it."""
    if kind in media:
        return media[kind]
    kinds = {essence(name): each for name, each in media.items()}
    ranges = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    return next((kinds[each] for each in ranges if each in kinds), None)


@dataclass(frozen=True, slots=True)
class RequestBody:
    """The request body of an operation."""

    required: bool
    media: Mapping[str, Media]

    def media_for(self, content_type: str) -> Media | None:
        """Return the media type that a header Content-Type names, None if it is not declared.

        A request without one has JSON if that is declared, and otherwise the first media type.
        """
        if not content_type:
            in_json = (media for kind, media in self.media.items() if is_json(kind))
            return next(in_json, next(iter(self.media.values()), None))
        return _media_for(essence(content_type), self.media)
