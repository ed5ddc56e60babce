"""What all readers of a contract's elements share: the document, its schemas, and its mistakes."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from ..documents.pointers import BrokenReferenceError, follow, join
from ..laws.expressions import LawError
from ..schemas.schemas import Schemas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..documents.pointers import Pointer
    from ..documents.problems import Problem
    from ..documents.source import Source
    from ..register import Register

T = TypeVar("T")


class Reading:
    """A document while it is read: every mistake is kept, and none stops it.

    `problems` are mistakes in extensions, for which the contract is refused. `warnings` are
    mistakes in what OpenAPI itself has: the contract is used without the element.
    """

    def __init__(
        self, source: Source, register: Register, warnings: Iterable[Problem] = ()
    ) -> None:
        self.source, self.register = source, register
        self.document: dict[str, Any] = source.value
        self.problems: list[Problem] = []
        self.warnings = list(warnings)
        self._reasons: list[str] = []
        self.schemas = Schemas(self.document)

    def report(self, place: Pointer, what: str, hint: str = "") -> None:
        """Keep a mistake for which the contract is refused."""
        self.problems.append(self.source.problem(place, what, hint))

    def warn(self, place: Pointer, what: str, hint: str = "") -> None:
        """Keep a mistake that the contract is used with."""
        self.warnings.append(self.source.problem(place, what, hint))

    def fail(self, place: Pointer, what: str, hint: str = "") -> None:
        """Keep a mistake because of which the operation that is read is not served."""
        self.warn(place, what, hint)
        self._reasons.append(str(self.warnings[-1]))

    @contextmanager
    def operation(self) -> Iterator[list[str]]:
        """Collect the reasons not to serve an operation while it is read."""
        self._reasons = []
        yield self._reasons
        self._reasons = []

    def attempt(
        self, place: Pointer, make: Callable[[], T], *, extension: bool = False
    ) -> T | None:
        """Return what `make` returns, or None if the element at a place cannot be used.

        The contract is refused for a law that cannot be used, and for an error in an `extension`;
        for another error, the operation is not served.
        """
        say = self.report if extension else self.fail
        try:
            return make()
        except BrokenReferenceError as error:
            say((*error.place, "$ref"), str(error))
        except LawError as error:
            self.report(error.place or place, str(error))
        except KeyError as error:
            say(place, f"the member {error} is missing in {join(place)}")
        except RecursionError:
            say(place, f"the schemas in {join(place)} stand too deeply within each other")
        except (LookupError, ValueError, TypeError, AttributeError, re.error) as error:
            say(place, f"{join(place)} cannot be used: {' '.join(str(error).split())}")
        return None

    def followed(self, place: Pointer) -> tuple[Pointer, Any] | None:
        """Follow every `$ref` from a place; return None if one leads nowhere."""
        return self.attempt(place, lambda: follow(self.document, place))
