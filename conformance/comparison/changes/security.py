"""What differs between the credentials that an operation needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from ....spec.documents.pointers import BrokenReferenceError, follow, get

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....spec.contract import Contract
    from ....spec.documents.pointers import Pointer
    from ....spec.model.operation import Operation
    from .found import Element, Found

_Alternative: TypeAlias = "dict[tuple[str, ...], frozenset[str]]"
"""The scopes that a credential needs, by where and how it is sent."""
_ISSUED = {"oauth2", "openIdConnect"}
_BEARER = ("http", "", "", "bearer")
"""A bearer token, as the tokens of these kinds are."""


def place_of(contract: Contract, operation: Operation) -> Pointer:
    """Return the place of what an operation, or else the contract, says about security."""
    own = (*operation.place, "security")
    return own if "security" in get(contract.document, operation.place) else ("security",)


def security(element: Element, old: Contract, new: Contract) -> Iterator[Found]:
    """Yield what changed in the credentials of an operation.

    A client sends what one of the old alternatives needs. It is served as before if one of the new
    alternatives needs no more than that.
    """
    was, now = _alternatives(old, element.old), _alternatives(new, element.new)
    lost = [each for each in was if not _suffices(each, now)]
    gained = [each for each in now if not _suffices(each, was)]
    if lost and {} in was:
        yield element.found("security.added", new=" or ".join(map(_words, now)))
    elif gained and {} in now:
        yield element.found("security.removed", old=" or ".join(map(_words, was)))
    else:
        for each in lost:
            alike = next((a for a in gained if _is_sent_as(each, a)), None)
            if alike is None:
                yield element.found("security.alternative.removed", old=_words(each))
            else:
                gained.remove(alike)
                words = _words(each), _words(alike)
                yield element.found("security.alternative.changed", "", *words)
        for each in gained:
            yield element.found("security.alternative.added", new=_words(each))


def _is_sent_as(old: _Alternative, new: _Alternative) -> bool:
    """Whether other schemes are in requests as the old ones were."""
    return old.keys() != new.keys() and _sent(old) == _sent(new)


def _sent(alternative: _Alternative) -> list[tuple[str, ...]]:
    """Return what requests have for an alternative: a token, whoever issues it, is a token."""
    return sorted(_BEARER if each[0] in _ISSUED else each for each in alternative)


def _suffices(sent: _Alternative, needed: list[_Alternative]) -> bool:
    return any(
        all(scheme in sent and scopes <= sent[scheme] for scheme, scopes in each.items())
        for each in needed
    )


def _alternatives(contract: Contract, place: Pointer) -> list[_Alternative]:
    try:
        raw = get(contract.document, place)
    except LookupError:
        raw = []
    return [dict(_credentials(contract, each)) for each in raw] or [{}]


def _credentials(
    contract: Contract, alternative: dict[str, Any]
) -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
    for name, scopes in alternative.items():
        try:
            _, raw = follow(contract.document, ("components", "securitySchemes", name))
        except (LookupError, BrokenReferenceError):
            continue  # a warning says that it is ignored
        kind = str(raw.get("type"))
        where = [str(raw.get(member, "")).lower() for member in ("in", "name", "scheme")]
        needed = frozenset(map(str, scopes)) if isinstance(scopes, list) else frozenset()
        yield (kind, *where), needed


def _words(alternative: _Alternative) -> str:
    return (
        " and ".join(
            " ".join(filter(None, [*scheme, *(["with", *sorted(scopes)] if scopes else [])]))
            for scheme, scopes in alternative.items()
        )
        or "no credential"
    )
