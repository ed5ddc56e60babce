"""The values that the page's forms start with: the contract's examples, or generated ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..data.keystream import Draw, digest
from ..data.makers import Compiler
from ..data.providers import ProviderError, Providers
from ..data.rows import valid

if TYPE_CHECKING:
    from ...spec.contract import Contract
    from ...spec.model import Media
    from ...spec.parameters import Parameter
    from ...spec.schemas.validation import Schema


class Examples:
    """Example values for every part of a request; the same ones every time."""

    def __init__(self, contract: Contract) -> None:
        self._compiler = Compiler(contract.document, Providers.of(contract))

    def of_parameter(self, parameter: Parameter) -> Any:
        """Return a value for a parameter, None if there is none."""
        if parameter.example is not None:
            return parameter.example
        return self._drawn(parameter.compiled)

    def of_body(self, media: Media) -> Any:
        """Return a body of a media type, None if there is none."""
        for example in media.examples.values():
            return example
        return None if media.schema is None else self._drawn(media.schema)

    def _drawn(self, schema: Schema) -> Any:
        try:
            root = self._compiler.root(schema.place)
            return valid(root, schema, lambda attempt: Draw(digest(b"", "console", attempt)))
        except ProviderError:
            return None
