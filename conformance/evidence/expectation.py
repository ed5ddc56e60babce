"""Expectations: what a team wrote down about the lists of a server.

An expectation file is a YAML list:

    - list: {NAME: VALUE1}
      total: 130
    - list: {NAME: VALUE2}
      keys: [SERIAL1, SERIAL2]
      visible_to: OTHER_TOKEN
    - list: {NAME: VALUE3}
      hidden_from: OTHER_TOKEN

`list` has the path parameters that name a list. `operation` is needed if several operations have
these parameters. `total` is the number of rows, and `keys` has what identifies each of them, in any
order. OTHER_TOKEN is an environment variable with another valid token: no token is in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ...spec.describing import joined
from ...spec.documents import files
from ...spec.documents.problems import SourceError
from ...spec.documents.writing import write_new
from .walk import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...spec.contract import Contract
    from ...spec.documents.pointers import Pointer
    from ...spec.documents.source import Source
    from ...spec.model.operation import Operation
    from .evidence import Evidence
    from .walk import ListId, Walk

_SCHEMA = Path(__file__).with_name("expectation.schema.yaml")
_MOST_KEYS = 20
_UNTIED = "Add `expected` with the id of a requirement to x-requirement in its x-pagination"
_HEADER = """\
# What the lists of a server have to show. `ruangkerja check URL --expect FILE` compares it with the
# server. Add `hidden_from: VARIABLE` or `visible_to: VARIABLE` to a list for the valid token of
# somebody else, which is read from this environment variable.
"""


class Kind(StrEnum):
    """What an expectation is about."""

    TOTAL = "total"
    """The list has this number of rows."""
    KEYS = "keys"
    """The list has exactly the rows with these keys."""
    HIDDEN_FROM = "hidden_from"
    """The token in this environment variable shows no row of the list."""
    VISIBLE_TO = "visible_to"
    """The token in this environment variable shows rows of the list."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One statement about one list; `place` is its position, FILE:LINE."""

    operation: str
    path: tuple[tuple[str, str], ...]
    kind: Kind
    value: Any
    place: str

    @property
    def list_id(self) -> ListId:
        """The list that it is about."""
        return self.operation, self.path

    @property
    def name(self) -> str:
        """The name of the list."""
        return name_of(self.list_id)

    @property
    def is_read(self) -> bool:
        """Whether the list is read with the token of the run."""
        return self.kind is not Kind.VISIBLE_TO

    @property
    def is_about_another_token(self) -> bool:
        """Whether the requests for it have another token, from the variable in `value`."""
        return self.kind in {Kind.HIDDEN_FROM, Kind.VISIBLE_TO}


def load(path: Path, contract: Contract) -> tuple[Expectation, ...]:
    """Read a file of expectations; raise SourceError with file and line for every mistake in it."""
    entries, source = files.read(path, _SCHEMA)
    found: list[tuple[Pointer, Expectation]] = []
    mistakes: list[tuple[Pointer, str, str]] = []
    for index, entry in enumerate(entries):
        matching = [op for op in _operations(contract) if _is_about(entry, op)]
        if len(matching) == 1:
            found += _of(source, index, entry, matching[0])
        else:
            mistakes.append(_wrong_list(str(index), entry, matching, contract))
    mistakes += _contradictions(found)
    if mistakes:
        problems = [source.problem(*mistake) for mistake in mistakes]
        raise SourceError(sorted(problems, key=lambda problem: problem.line))
    return tuple(expectation for _, expectation in found)


def _contradictions(
    found: Sequence[tuple[Pointer, Expectation]],
) -> Iterator[tuple[Pointer, str, str]]:
    first: dict[object, Expectation] = {}
    seen = {each.value for _, each in found if each.kind is Kind.VISIBLE_TO}
    for at, each in found:
        variable = each.value if each.is_about_another_token else ""
        before = first.setdefault((each.list_id, each.kind, variable), each)
        if before is not each:
            what = f"{each.kind.value} of {each.name} is stated twice, first in {before.place}"
            yield at, what, "Remove one of them"
        if each.kind is Kind.HIDDEN_FROM and variable not in seen:
            what = f"no list is visible_to {variable}, so a token that is not valid would pass"
            yield at, what, f"Add `visible_to: {variable}` to a list that this token may read"


def _operations(contract: Contract) -> Iterator[Operation]:
    """Yield the operations whose lists an expectation can be about."""
    for operation in contract.operations:
        paging = operation.pagination
        if operation.method == "GET" and paging and "expected" in paging.requirements:
            yield operation


def _is_about(entry: Mapping[str, Any], operation: Operation) -> bool:
    return (
        set(entry["list"]) == operation.path_names
        and entry.get("operation", operation.id) == operation.id
    )


def _wrong_list(
    index: str, entry: Mapping[str, Any], matching: Sequence[Operation], contract: Contract
) -> tuple[Pointer, str, str]:
    if matching:
        ids = joined([operation.id for operation in matching], "and")
        what = f"{ids} have lists with these names"
        return (index, "list"), what, "Add `operation` to choose one"
    forms = [
        f"{{{', '.join(p.name for p in op.located('path'))}}} of {op.id}"
        for op in _operations(contract)
    ]
    hint = f"It has lists that are named by {joined(forms)}" if forms else _UNTIED
    place = "operation" if "operation" in entry else "list"
    return (index, place), "the contract has no such list with a requirement `expected`", hint


def _of(
    source: Source, index: int, entry: Mapping[str, Any], operation: Operation
) -> Iterator[tuple[Pointer, Expectation]]:
    path = tuple((p.name, entry["list"][p.name]) for p in operation.located("path"))
    for kind in Kind:
        if kind.value in entry:
            at, value = (str(index), kind.value), entry[kind.value]
            place = f"{source.path}:{source.line(at)}"
            value = tuple(value) if isinstance(value, list) else value
            yield at, Expectation(operation.id, path, kind, value, place)


def write_first_file(path: Path, evidence: Evidence, *, with_keys: bool) -> int:
    """Write what a run saw of its lists as expectations; return the number of lists.

    The keys of a list are written if there are few, and `with_keys` allows it. Raises
    FileExistsError if the file exists, and OSError if it cannot be written.
    """
    entries = list(_seen(evidence, with_keys=with_keys))
    text = yaml.safe_dump(
        entries, sort_keys=False, allow_unicode=True, default_flow_style=None, width=100
    )
    write_new(path, f"{_HEADER}{text}")
    return len(entries)


def _seen(evidence: Evidence, *, with_keys: bool) -> Iterator[dict[str, Any]]:
    by_list: dict[ListId, list[Walk]] = {}
    for walk in evidence.walks:
        by_list.setdefault(walk.list_id, []).append(walk)
    for (operation, path), walks in by_list.items():
        entry: dict[str, Any] = {"list": dict(path)}
        alike = [op.id for op in _operations(evidence.contract) if _is_about(entry, op)]
        total = evidence.total_of((operation, path))
        if operation not in alike or total is None:
            continue
        if len(alike) > 1:
            entry["operation"] = operation
        entry["total"] = total
        whole = next((walk for walk in walks if walk.is_complete), None)
        if with_keys and whole is not None and 0 < total <= _MOST_KEYS:
            entry["keys"] = [key for _, key in whole.keyed()]
        yield entry
