"""Cases that Schemathesis generates for an operation; no other module imports Schemathesis.

Only its generation is used: its sessions, its checks and its parsing of responses are too lenient
for a gate, and its coverage phase would send methods that write. Only queries and headers are
generated: the path is given, as another one might name a list that exists.
"""

from __future__ import annotations

import json
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from .documents import GenerationError
from .generated import GeneratedRequest
from .surroundings import alike_everywhere

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hypothesis.strategies import SearchStrategy
    from schemathesis.generation.case import Case

# Complete, so that no configuration file on the machine changes what is generated.
_CONFIGURATION = {
    "generation": {
        "deterministic": True,
        "allow-x00": False,
        "with-security-parameters": False,
    },
    "phases": {"coverage": {"unexpected-methods": [], "generate-duplicate-query-parameters": True}},
}


def coverage(reduced: Mapping[str, Any]) -> list[GeneratedRequest]:
    """Return the cases of the coverage phase, the same ones every time.

    Raises GenerationError if Schemathesis cannot use the document.
    """
    with _generating():
        operation, configuration = _operation(reduced)
        generation = configuration.projects.get_default().generation_for(
            operation=operation, phase="coverage"
        )
        found = operation.schema.iter_coverage_cases(
            operation, generation_modes=generation.modes, generation_config=generation
        )
        return [_generated(case) for case in found]


def strategy(reduced: Mapping[str, Any], *, correct: bool) -> SearchStrategy[GeneratedRequest]:
    """Return the strategy of the fuzzing phase, for valid requests only or invalid ones only.

    Raises GenerationError if Schemathesis cannot use the document.
    """
    mode = GenerationMode.POSITIVE if correct else GenerationMode.NEGATIVE
    with _generating():
        operation, _ = _operation(reduced)
        drawn: SearchStrategy[GeneratedRequest] = operation.as_strategy(generation_mode=mode).map(
            _generated
        )
        return drawn


def _operation(reduced: Mapping[str, Any]) -> tuple[Any, SchemathesisConfig]:
    configuration = SchemathesisConfig.from_dict(_CONFIGURATION)
    schema = schemathesis.openapi.from_dict(dict(reduced), config=configuration)
    found = next(iter(schema.get_all_operations()))
    if isinstance(found, Ok):
        return found.ok(), configuration
    raise found.err()


@contextmanager
def _generating() -> Iterator[None]:
    try:
        with alike_everywhere(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise GenerationError(f"Schemathesis cannot generate requests: {said}") from error


def _generated(case: Case[Any]) -> GeneratedRequest:
    data = case.meta.phase.data if case.meta is not None else None
    mode = case.meta.generation.mode.value if case.meta is not None else ""
    why = getattr(data, "description", None) or f"{mode} data"
    return GeneratedRequest(
        query=tuple(_pairs(case.query or {})),
        headers=tuple((name, str(value)) for name, value in (case.headers or {}).items()),
        correct=mode == "positive",
        about=getattr(data, "parameter", None) or "",
        why=" ".join(why.split()),
    )


def _pairs(query: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in query.items():
        for each in value if isinstance(value, list | tuple) else [value]:
            yield str(name), each if isinstance(each, str) else json.dumps(each, default=str)
