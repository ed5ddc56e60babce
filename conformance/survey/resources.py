"""Resources: shows items of a list, and creates, changes and deletes one, each time looking for it.

It comes last in a run, since it changes lists. What it created it deletes, if the contract can.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ...spec.documents.pointers import lookup
from ...spec.model.resource import Action
from ..evidence.followed import key_of
from ..requests.probes.plan import Profile
from ..requests.probes.resources import about, looking, most_unlike, pages
from ..requests.probes.selections import page_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ...spec.bodies.body import Written
    from ...spec.model.operation import Operation
    from ..config.run_config import RunConfig
    from ..records.record import Record
    from ..requests.probes.probe import Caller
    from ..requests.sending.sender import Sender

SHOWN = {Profile.SMOKE: 1, Profile.GATE: 3, Profile.DEEP: 10}
"""How many items of a list are shown."""
MOST_PAGES = 20
"""The pages that are searched for an item that no operation shows."""
_BODIES = 12
"""The bodies that one is chosen from."""


def is_about_item(operation: Operation) -> bool:
    """Whether an operation writes an item, and is sent only for one that its list showed."""
    return operation.resource is not None and operation.writes


def most_requests(operation: Operation, profile: Profile) -> int:
    """Return the maximum number of requests for the items that an operation is about."""
    if operation.resource is None:
        return 0
    return 2 + MOST_PAGES if operation.writes else SHOWN[profile] + 2


@dataclass(slots=True)
class ListItems:
    """Sends the requests about the items of one list; `callers` are for its operations."""

    config: RunConfig
    sender: Sender
    listing: Caller
    callers: Mapping[Action, Caller]
    _keys: dict[str, Any] = field(init=False, default_factory=dict)
    """The items of the list by key, as they were last listed."""

    def run(self) -> Mapping[str, str]:
        """Show some items; create, change and delete one if the operations for that are sent.

        Return the values of the path of an item that was shown, {} if none was.
        """
        first = self._page("to see its items")
        if first is None:
            return {}
        kept, last = next(iter(self._keys), None), next(reversed(self._keys), None)
        if Action.SHOW in self.callers and self._keys:
            shown = list(self._keys)[: SHOWN[self.config.profile]]
            for key in shown:
                self._send(Action.SHOW, key)
            self._page("to see whether items changed")
            last = shown[-1]
        self._change(last)
        show = self.callers.get(Action.SHOW)
        name = show.operation.resource and show.operation.resource.key if show else None
        return {name: kept} if name and kept is not None and kept != last else {}

    def _change(self, last: str | None) -> None:
        """Create, change and delete an item; the last one that was shown if none is created."""
        key = self._create() if Action.CREATE in self.callers else last
        if key is None:
            return  # nothing of others is changed if nothing could be created
        for action in (Action.CHANGE, Action.REPLACE, Action.DELETE):
            if action in self.callers:
                item = self._keys.get(key)
                self._send(action, key, self._body(self.callers[action], item))
                self._look(key, f"after a request that {action}s it")

    def _create(self) -> str | None:
        """Create an item, and return its key, None if it was not created."""
        caller = self.callers[Action.CREATE]
        resource, path = caller.operation.resource, dict[str, str]()
        if resource is None:
            return None
        if resource.key is not None:
            parameter = caller.operation.parameter(resource.key)
            values = self.config.drafts.examples.others(parameter.compiled, _BODIES)
            fresh = next((str(v) for v in values if str(v) not in self._keys), None)
            if fresh is None:
                return None
            path[resource.key] = fresh
        written = self._body(caller, {})
        if written is None and caller.draft.body:
            return None
        self._know(path.values())
        record = self.sender.send(about(caller, {**self.listing.path, **path}, written))
        if record is None or not record.is_success:
            return None
        key = key_of(record, resource, self.listing.operation)
        if key is not None:
            self._keys[key] = lookup(record.body, resource.item)
            if not self._look(key, "after a request that creates it"):
                return None
        return key

    def _body(self, caller: Caller, item: Any) -> Written | None:
        """Return the body that shows best whether it is stored, None without one."""
        paging = self.listing.operation.listing
        bodies = self.config.drafts.other_bodies(caller.operation, _BODIES)
        is_new = caller is self.callers.get(Action.CREATE)
        taken = set(self._keys) if is_new else set()
        return most_unlike(bodies, item, paging.key if paging else (), taken)

    def _send(self, action: Action, key: str, body: Written | None = None) -> Record | None:
        caller = self.callers[action]
        resource = caller.operation.resource
        if resource is None or resource.key is None:
            return None
        self._know([key])
        return self.sender.send(about(caller, {**self.listing.path, resource.key: key}, body))

    def _look(self, key: str, why: str) -> bool:
        """Send requests that show whether there is an item, and how it is; return the former."""
        is_shown = False
        show = self.callers.get(Action.SHOW)
        if show is not None and (resource := show.operation.resource) and resource.key:
            self._know([key])
            path = {**self.listing.path, resource.key: key}
            record = self.sender.send(looking(about(show, path), why))
            is_shown = record is not None and record.is_success
        is_listed = any(key in map(str, record.keys) for record in self._read(why))
        return is_shown or is_listed

    def _page(self, why: str) -> Record | None:
        """Read the first page of the list; return None if it has no rows that can be read."""
        record = next(self._read(why), None)
        if record is not None:
            self._keys |= dict(zip(map(str, record.keys), record.items or (), strict=True))
        return record

    def _read(self, why: str) -> Iterator[Record]:
        """Read the list page by page, as long as the pages are wanted."""
        cursors, total = self.listing.operation.cursors, 1
        cursor: str | None = None
        for position in range(MOST_PAGES):
            if cursors:
                left = [page_after(self.listing, None, cursor)]
            else:
                left = pages(self.listing, total)[position:]
            record = self.sender.send(looking(left[0], why)) if left else None
            if record is None or not record.is_success or record.items is None:
                return
            yield record
            total = record.total or total
            if cursors and (cursor := cursors.next_of(record.body)) is None:
                return

    def _know(self, values: Iterable[str]) -> None:
        """Let values of paths be those of items that exist."""
        reader = self.sender.evidence.reader
        known = (reader.known or frozenset()) | set(values)
        self.sender.evidence.reader = replace(reader, known=known)
