"""The responses of operations with `x-resource`: they show and change the items of a list."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from ...spec.describing import actual
from ...spec.model.resource import Action
from ..http.error_response import ErrorResponse
from ..http.shown import Shown
from ..writing import dumps
from .store import Item, ListName, Store
from .stored_list import StoredList

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...spec.contract import Contract
    from ...spec.model.operation import Operation
    from ...spec.model.resource import Resource
    from ..data.dataset import Collection, Rows
    from ..http.request_parser import Parameters
    from ..lists.stub_list import StubList
    from .store import Key

_GONE, _CONFLICT = 404, 409

_Done: TypeAlias = "tuple[Item, Key, Callable[[], str]]"
"""An item after a request, its key, and what stores it: that returns why not, '' if it does."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request about an item: its operation, parameters and body, and the list of the item."""

    operation: Operation
    resource: Resource
    parameters: Parameters
    body: Any
    name: ListName
    whole: Collection

    @property
    def key(self) -> Key | None:
        """The key of the item in the path, None if the path has none."""
        return None if self.resource.key is None else self.parameters.values[self.resource.key]


class Resources:
    """Serves the operations with `x-resource` of a contract; `workers` processes do so."""

    def __init__(self, contract: Contract, lists: Mapping[str, StubList], workers: int) -> None:
        self.store = Store(workers)
        examples: dict[str, list[Key]] = {}
        self._base_path = contract.base_path
        resources = ((op, op.resource) for op in contract.operations if op.resource)
        self._shows = {own.list: op for op, own in resources if own.action is Action.SHOW}
        self._members: dict[str, frozenset[str] | None] = {}
        for operation in contract.operations:
            resource = operation.resource
            if resource is None or resource.list not in lists:
                continue
            known = examples.setdefault(resource.list, [])
            if resource.key is not None:
                example = operation.parameter(resource.key).example
                known += [] if example is None else [example]
            self._members[operation.id] = _members(contract, operation, resource)
        self._lists = {id_: StoredList(lists[id_], self.store, e) for id_, e in examples.items()}
        self._actions: Mapping[Action, Callable[[StoredList, Asked], _Done]] = {
            Action.SHOW: self._show,
            Action.CREATE: self._create,
            Action.CHANGE: self._change,
            Action.REPLACE: self._change,
            Action.DELETE: self._delete,
        }

    def now(
        self, operation: Operation, names: tuple[str, ...], id_: str, whole: Collection
    ) -> Rows:
        """Return a list as it is now, for requests with an id."""
        found = self._lists.get(operation.id)
        return whole if found is None else found.now(ListName(id_, operation.id, names), whole)

    def reply(self, asked: Asked, *, forgets: bool) -> Shown:
        """Do what a request asks for, and return the item; raise ErrorResponse if that fails.

        With `forgets`, nothing is stored.
        """
        listed = self._lists[asked.resource.list]
        item, key, store = self._actions[asked.resource.action](listed, asked)
        unstored = "" if forgets else store()
        shown = json.loads(item.row)
        hidden = frozenset(name for name in listed.members if name not in shown)
        members = self._members[asked.operation.id]
        own = (*asked.name.names, str(key))
        whole = {**item.more, **shown}
        where = self._location(asked, key) if asked.resource.action is Action.CREATE else ""
        return Shown(asked.resource.item, whole, members, hidden, own, unstored, where)

    def _location(self, asked: Asked, key: Key) -> str:
        """Return the path at which an item is shown, '' if no operation shows it."""
        show = self._shows.get(asked.resource.list)
        if show is None or show.resource is None or show.resource.key is None:
            return ""
        values = {**asked.parameters.values, show.resource.key: key}
        path = {each.name: quote(str(values[each.name]), "") for each in show.located("path")}
        return f"{self._base_path}{show.filled(path)}"

    @staticmethod
    def _show(listed: StoredList, asked: Asked) -> _Done:
        key = asked.key
        item = None if key is None else listed.find(asked.name, asked.whole, key)
        if key is None or item is None:
            nouns = listed.paged.pagination.nouns
            where = f"path parameter {asked.resource.key} is {actual(key)}"
            what = f"{nouns.row.capitalize()} is not found"
            raise ErrorResponse(_GONE, what, f"{where}; there is no such {nouns.row}")
        return item, key, lambda: ""

    def _create(self, listed: StoredList, asked: Asked) -> _Done:
        pagination, sent = listed.paged.pagination, _object(asked.body)
        key: Key | None = asked.key if asked.key is not None else pagination.key_of(sent)
        if key is not None and listed.find(asked.name, asked.whole, key) is not None:
            if asked.operation.method == "PUT":
                return self._change(listed, asked)
            row = pagination.nouns.row
            detail = f"there is a {row} with the key {actual(key)} already"
            raise ErrorResponse(_CONFLICT, f"{row.capitalize()} exists already", detail)
        own, more = _split(listed, {**asked.parameters.values, **sent})
        value = listed.made(asked.name, asked.whole, key, own)
        key = pagination.key_of(value)
        item = Item(dumps(value), more)
        return item, key, partial(self.store.put, asked.name, key, item, is_new=True)

    def _change(self, listed: StoredList, asked: Asked) -> _Done:
        item, key, _ = self._show(listed, asked)
        own, more = _split(listed, _object(asked.body))
        is_whole = asked.resource.action is not Action.CHANGE
        value = listed.changed(item, own, key, whole=is_whole)
        changed = Item(dumps(value), more if is_whole else {**item.more, **more})
        return changed, key, partial(self.store.put, asked.name, key, changed)

    def _delete(self, listed: StoredList, asked: Asked) -> _Done:
        item, key, _ = self._show(listed, asked)
        return item, key, partial(listed.delete, asked.name, asked.whole, key)


def _members(contract: Contract, operation: Operation, resource: Resource) -> frozenset[str] | None:
    """Return the names of the members of an item in a response, None if it has no schema."""
    schema = operation.schema
    node = None if schema is None else contract.schemas.below(schema.place, resource.item)
    if node is None:
        return None
    branches = contract.schemas.with_branches(node)
    return frozenset(name for branch in branches for name in branch.members)


def _object(body: Any) -> dict[str, Any]:
    return body if isinstance(body, dict) else {}


def _split(listed: StoredList, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Divide values into the members that the list shows, and the others."""
    own = {name: value for name, value in values.items() if name in listed.members}
    return own, {name: value for name, value in values.items() if name not in own}
