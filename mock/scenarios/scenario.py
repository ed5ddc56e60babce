"""A scenario: what one file does to the responses of one operation."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

from ...spec.documents.pointers import join
from ..data.makers.compiler import Overrides
from ..data.providers import ProviderError
from ..http.error_response import ErrorResponse
from .items import GivenItems

if TYPE_CHECKING:
    from ...spec.contract import Contract
    from ..data.dataset import Collection
    from ..lists.stub_list import StubList
    from ..response import StubResponse
    from .files import ScenarioFile
    from .names import Name

_NOT_FOUND = 404


class Scenario:
    """The effect of one file on one operation."""

    def __init__(
        self, file: ScenarioFile, paged: StubList | None = None, given: GivenItems | None = None
    ) -> None:
        self.file = file
        self.owner: tuple[str, ...] | None = None
        self._paged, self._given, self.total = paged, given, file.total

    def check_keys(self, name: Name) -> None:
        """Report a key that occurs twice in the list of a name to the file."""
        found = self.sized(name.total(name.example)).collection((name.example,))
        if found is not None and self._given is not None:
            self._given.check_keys(found)

    def sized(self, total: int | None) -> Scenario:
        """Return the scenario for a value that says the number of items, itself for None."""
        if total is None:
            return self
        found = copy(self)
        found.total = total
        return found

    def collection(self, names: tuple[str, ...]) -> Collection | None:
        """Return the items for path values, None for the default ones.

        Raises ErrorResponse if there cannot be so many items.
        """
        if self._paged is None or self._given is None:
            return None
        items = self._given.items
        if self.total is not None and self.total > items.most:
            nouns = self._paged.pagination.nouns
            what = f"{nouns.list.capitalize()} is not found"
            detail = f"there are at most {items.most} {nouns.rows} with different keys"
            raise ErrorResponse(_NOT_FOUND, what, detail)
        whole = self._paged.collections.named(names, items, self.total, self._given.pinned(names))
        if self.total is None:
            whole.total = max(whole.total, self._given.end)
        return whole

    @property
    def replaces(self) -> bool:
        """Whether it has one response, which replaces the default one."""
        return self.file.failure is not None or self.file.raw is not None

    @property
    def is_plain(self) -> bool:
        """Whether each of its responses is a page of a list, whole and at once."""
        return not (self.replaces or self.file.delay or self.file.drop is not None)

    def instead(self, left: str = "") -> StubResponse | None:
        """Return the one response of the scenario, if it has one; raise it if it is an error.

        `left` says what is left of its limit, and is added to the detail of the error.
        """
        failure = self.file.failure
        if failure is not None:
            raise ErrorResponse(
                failure.status,
                failure.title,
                f"{failure.detail}; {left}" if left else failure.detail,
                headers=failure.headers,
                code=failure.code,
            )
        return self.file.raw

    def staged(self, reply: StubResponse) -> StubResponse:
        """Add the scenario's delay and cut to a response."""
        if not self.file.delay and self.file.drop is None:
            return reply
        cut = None if self.file.drop is None else int(len(reply.body) * self.file.drop)
        return replace(reply, delay=self.file.delay, cut=cut)


def made(file: ScenarioFile, contract: Contract, paged: StubList | None) -> Scenario | None:
    """Return a scenario, None if it does not fit the list; report why to the file."""
    if paged is None or not file.lists:
        return Scenario(file)
    before = len(file.problems)
    items = paged.items
    if file.cases or file.faker:
        try:
            items = paged.make_items(Overrides(file.faker, file.cases))
        except ProviderError as error:
            member = "faker" if file.faker else "cases"
            file.report((member,), str(error))
            return None
        for place in file.faker:
            if not items.has(place):
                hint = f"Members are {', '.join(join(p) for p in items.places)}"
                file.report(("faker", join(place)), "an item has no such member", hint)
    try:
        given = GivenItems(file, contract, paged, items)
    except ProviderError as error:
        file.report(("items",), str(error))
        return None
    if file.total is not None and file.total > items.most:
        file.report(("total",), f"only {items.most} items can have different keys")
    return None if len(file.problems) > before else Scenario(file, paged, given)
