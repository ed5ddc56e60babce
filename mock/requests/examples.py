"""Example values for every part of a request: the contract's examples, or generated ones."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...spec.bodies.body import concrete
from ...spec.model.media import is_json
from ...spec.schemas.writer import Direction
from ..data.attempts import TOO_ODD, valid
from ..data.keystream import Draw, digest
from ..data.makers.compiler import Compiler
from ..data.providers import ProviderError, Providers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...spec.contract import Contract
    from ...spec.model.media import Media
    from ...spec.parameters import Parameter
    from ...spec.schemas.validation import Schema


class Examples:
    """Example values for every part of a request; the same ones every time.

    An example of the contract is used if its schema accepts it; otherwise a value is generated.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    @cached_property
    def _compiler(self) -> Compiler:
        # Made late: the examples of a contract are often enough.
        contract = self._contract
        return Compiler(contract.document, Providers.of(contract), Direction.REQUEST)

    def of_parameter(self, parameter: Parameter) -> Any:
        """Return a valid value for a parameter, None if there is none."""
        given = self.given(parameter)
        return self._drawn(parameter.compiled) if given is None else given

    def given(self, parameter: Parameter) -> Any:
        """Return the first valid value that the contract gives for a parameter, None without."""
        return next(filter(parameter.compiled.accepts, _given(parameter)), None)

    def of_body(self, media: Media) -> Any:
        """Return a valid body of a media type, None if there is none."""
        examples = list(media.examples.values())
        if media.schema is None:
            return examples[0] if examples else {} if is_json(concrete(media)) else "text"
        for example in examples:
            if media.schema.accepts(example):
                return example
        return self._drawn(media.schema)

    def others(self, schema: Schema, count: int) -> Iterator[Any]:
        """Yield generated values of a schema, at most so many; they may be the same."""
        for number in range(count):
            value = self._drawn(schema, "another", number)
            if value is not None:
                yield value

    def _drawn(self, schema: Schema, *name: str | int) -> Any:
        seed = digest(b"", *(name or ("console",)))
        try:
            root = self._compiler.root(schema.place)
            return valid(root, schema, lambda attempt: Draw(digest(seed, attempt)))
        except (ProviderError, *TOO_ODD):
            return None


def _given(parameter: Parameter) -> Iterator[Any]:
    for value in (parameter.example, parameter.schema.get("default")):
        if value is not None:
            yield value
