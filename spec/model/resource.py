"""Resources: `x-resource` of an operation, which ties it to the list that has its items."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..documents.pointers import Pointer


class Action(StrEnum):
    """What an operation does to an item of a list."""

    SHOW = "show"
    CREATE = "create"
    CHANGE = "change"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Resource:
    """The item that an operation is about: an item of the list of another operation.

    `list` is the id of that operation. `key` is the name of the path parameter with the key of the
    item, None if the path has none, as of an operation that creates one. `item` is the place of the
    item in the body of a success.
    """

    list: str
    action: Action
    key: str | None
    item: Pointer
    requirements: Mapping[str, str]
