"""How errors are written: `x-error-code` of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..documents.pointers import lookup

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from ..documents.pointers import Pointer
    from ..schemas.validation import Schema


@dataclass(frozen=True, slots=True)
class ErrorForm:
    """How errors are written: `x-error-code` of the contract.

    `message`, `number` and `detail` are places in an error body, `template` makes a message of
    {code} and {text}, `pattern` finds the code in one, `statuses` has the HTTP statuses that agree
    with a code, `denied` the codes for a token that is refused.
    """

    message: Pointer
    number: Pointer | None
    detail: Pointer | None
    template: str
    pattern: re.Pattern[str]
    denied: tuple[str, ...]
    statuses: Mapping[str, tuple[int, ...]]
    requirements: Mapping[str, str]
    schema: Schema

    @property
    def body_requirements(self) -> set[str]:
        """The ids of the requirements of the schema of error bodies and of its laws."""
        root = self.schema.root
        laws = root.laws.laws if root.laws else ()
        return {id_ for id_ in (root.requirement, *(law.requirement for law in laws)) if id_}

    def code_of(self, body: Any) -> str | None:
        """Return the code in an error body, or None if its message does not have the form."""
        message = lookup(body, self.message)
        return self.read(message) if isinstance(message, str) else None

    def read(self, message: str) -> str | None:
        """Return the code in a message, or None if it does not have the form."""
        found = self.pattern.match(message)
        return found.group(1) if found and self.pattern.groups else None

    def write(self, code: str, text: str) -> str:
        """Return a message; raise ValueError if the template has an unknown name in braces."""
        try:
            return self.template.format(code=code, text=text)
        except (LookupError, AttributeError) as error:
            raise ValueError(
                f"template has a place for {error}; it may have {{code}} and {{text}}"
            ) from None
