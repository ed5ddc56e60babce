"""Resources: what is shown of an item after a request about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...spec.describing import actual
from ...spec.documents.pointers import join
from ...spec.model.resource import Action
from ..records.finding import Finding, answer_of, at, nouns_of
from . import subjects
from .registry import rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..evidence.evidence import Evidence
    from ..evidence.followed import Followed
    from .registry import Rule

_CONDITIONS = {
    Action.SHOW: "shown",
    Action.CREATE: "created",
    Action.CHANGE: "changed",
    Action.REPLACE: "changed",
    Action.DELETE: "deleted",
}


def _of(condition: str) -> Callable[[Evidence, Rule], Iterable[Followed]]:
    @subjects.several
    def found(evidence: Evidence, rule: Rule) -> Iterator[Followed]:
        return (
            each
            for each in evidence.followed
            if _CONDITIONS[each.resource.action] == condition
            and each.resource.requirements.get(condition) == rule.requirement
        )

    return found


@rule("resource.shown", of=_of("shown"), uncovered="no item was shown and listed before and after")
def item_is_shown_as_listed(item: Followed) -> Iterator[Finding]:
    """Members that only the list or only the response has are left out."""
    yield from _differences(item, item.before, "as in its list")


@rule("resource.created", of=_of("created"), uncovered="no item was created and looked for")
def created_item_is_found(item: Followed) -> Iterator[Finding]:
    """A value in another form, such as a text in capitals, is no finding."""
    if item.item is None:
        yield _finding(item, f"{_named(item)}, which {_request(item)} created", _nothing(item))
    else:
        yield from _differences(item, item.sent, f"which {_request(item)} sent")


@rule("resource.changed", of=_of("changed"), uncovered="no item was changed and looked at")
def changed_item_has_what_was_sent(item: Followed) -> Iterator[Finding]:
    """What the request did not send is not compared."""
    if item.item is None:
        yield _finding(item, f"{_named(item)}, which {_request(item)} changed", _nothing(item))
    else:
        yield from _differences(item, item.sent, f"which {_request(item)} sent")


@rule("resource.deleted", of=_of("deleted"), uncovered="no item was deleted and looked for")
def deleted_item_is_gone(item: Followed) -> Iterator[Finding]:
    """Any error response says that it is gone."""
    if item.item is not None:
        expected = f"no {_named(item)}, which {_request(item)} deleted"
        yield _finding(item, expected, f"{item.seen.status} with it")


def _differences(item: Followed, expected: Any, why: str) -> Iterator[Finding]:
    if not isinstance(expected, dict) or not isinstance(item.item, dict):
        return
    for name, value in expected.items():
        if name in item.item and _differ(value, item.item[name]):
            what = f"{actual(value)} for {_named(item)}, {why}"
            yield _finding(item, what, actual(item.item[name]), name)
            return


def _differ(one: Any, other: Any) -> bool:
    """Whether two values are certainly not one value in two forms."""
    if isinstance(one, str) and isinstance(other, str):
        return "".join(one.split()).casefold() != "".join(other.split()).casefold()
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    return isinstance(one, int | float) and isinstance(other, int | float) and one != other


def _finding(item: Followed, expected: str, got: str, name: str | None = None) -> Finding:
    resource = item.seen.operation.resource
    if resource is not None:
        field = None if name is None else join((*resource.item, name))
        return at(item.seen, expected, got, field=field)
    keys = [] if item.item is None else list(map(str, item.seen.keys))
    row = keys.index(item.key) + 1 if item.key in keys else None
    return at(item.seen, expected, got, row=row)


def _named(item: Followed) -> str:
    nouns = nouns_of(item.seen.contract.operation(item.resource.list))
    return f"{nouns.row} {actual(item.key)}"


def _request(item: Followed) -> str:
    return f"{item.by.operation.label} (request {item.by.number})"


def _nothing(item: Followed) -> str:
    if not item.pages:
        return answer_of(item.seen)
    return f"no such {nouns_of(item.seen.operation).row} on {item.pages} pages"
