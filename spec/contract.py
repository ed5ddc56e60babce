"""The contract: the one reader of an OpenAPI file and of its extensions.

Whatever serves or judges takes its facts from here. A file that is not a usable contract is refused
with every mistake in it, each with its line.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from . import register as registers
from .checks.openapi import usable
from .derivation import derived
from .documents.pointers import objects
from .documents.problems import Problem, SourceError
from .documents.several import joined
from .documents.source import Source
from .links import Link
from .policies import overlay
from .policies import policy as policy_files
from .reading.errors import error_form
from .reading.operations import operations
from .reading.reading import Reading
from .routes import Found, Routes
from .schemas import dialects, growth
from .secrets.vocabulary import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .documents.pointers import Pointer
    from .model.error_form import ErrorForm
    from .model.operation import Operation
    from .model.schemes import SecurityScheme
    from .policies.policy import Policy
    from .register import Register, Requirement
    from .schemas.schemas import Schemas

# Beside this file: `importlib.resources` does not find an editable install's root.
DEFAULT = Path(__file__).with_name("openapi.yaml")


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract, ready to serve and to judge by.

    `base` is its file, and `source` the same with its `policies` applied. `warnings` are mistakes
    in the file that it can be used with.
    """

    base: Source
    source: Source
    policies: tuple[Policy, ...]
    register: Register
    title: str
    version: str
    base_path: str
    operations: tuple[Operation, ...]
    error: ErrorForm | None
    schemas: Schemas
    routes: Routes
    warnings: tuple[Problem, ...]

    @property
    def path(self) -> Path:
        """The file it was read from."""
        return self.source.path

    @property
    def digest(self) -> str:
        """SHA-256 of the file, and of its policies if there are any, in hexadecimal."""
        return self.source.digest

    @property
    def document(self) -> Mapping[str, Any]:
        """The file with its policies applied, references unresolved."""
        value: Mapping[str, Any] = self.source.value
        return value

    @property
    def names(self) -> frozenset[str]:
        """Its enumerated values, and its names of paths, parameters, headers and members."""
        return frozenset(names(self.document))

    @property
    def schemes(self) -> dict[str, SecurityScheme]:
        """The security schemes that operations use, by id."""
        return {scheme.id: scheme for operation in self.operations for scheme in operation.schemes}

    @property
    def example_token(self) -> str:
        """The first example of a credential that the contract gives, 'token' if it gives none."""
        examples = (scheme.example for scheme in self.schemes.values())
        return next((example for example in examples if example is not None), "token")

    def decisions(self, requirement: Requirement) -> Iterator[tuple[str, str]]:
        """Yield the decisions that a requirement rests on: the id, and the text with the policy."""
        for decision in self.register.decisions_of(requirement):
            text = f"{decision.document} {decision.decision}"
            if chosen := policy_files.in_force(decision, self.policies):
                others = [name for name in decision.policies if name != chosen]
                instead = f"; instead: {', '.join(others)}" if others else ""
                text += f" Policy: {chosen}{instead}."
            yield decision.id, text

    def defined_at(self, requirement: Requirement) -> tuple[str, int]:
        """Return the file and the line of the first element that is linked to a requirement.

        Of one that is derived, those of its declaration; of one that no element is linked to, those
        of its entry in the register.
        """
        if requirement.place:
            found = self.source.problem(requirement.place, "")
            return found.file, found.line
        for link in Link.under((), self.document):
            if (place := link.place_of(requirement)) is not None:
                found = self.source.problem(place, "")
                return found.file, found.line
        return str(self.register.path), requirement.line

    def under(self, names: Iterable[str | Path]) -> Contract:
        """Return the contract under more policies, each in place of what it contradicts."""
        own = None if self.register.is_derived else self.register
        register = own or registers.load()
        more = policy_files.find(names, register)
        if not more:
            return self
        both = policy_files.together(self.policies, more, register)
        paths = [policy.path for policy in both]
        return read(self.base, own, paths, trusted=self.path == DEFAULT)

    def nearest(self, method: str, path: str) -> Found | None:
        """Return the operation at a path with the base path, if need be of another method.

        HEAD counts as GET. The values in the path are still percent-encoded.
        """
        if not path.startswith(f"{self.base_path}/"):
            return None
        below = path[len(self.base_path) :]
        return self.routes.nearest("GET" if method == "HEAD" else method, below)

    def operation(self, operation_id: str) -> Operation:
        """Return an operation by its id; raise KeyError if there is none."""
        for operation in self.operations:
            if operation.id == operation_id:
                return operation
        raise KeyError(operation_id)


def load(path: Path | None = None, policies: Iterable[str | Path] = ()) -> Contract:
    """Read a contract, by default the built-in one, and apply policies to it.

    A requirements.yaml beside the file is its register. Without one, a contract that is linked to
    requirements has the built-in one, and another one has requirements derived from what it
    declares. A policy is a name or the path of an OpenAPI Overlay. Raises SourceError with every
    mistake that was found, and PolicyError for a policy that does not exist or contradicts another
    one.
    """
    path = path or DEFAULT
    source = Source.read(path)
    beside = path.with_name(registers.DEFAULT.name)
    register = registers.load(beside) if beside.is_file() else None
    try:
        # The built-in contract is checked against OpenAPI by the tests.
        return read(source, register, policies, trusted=path == DEFAULT)
    except RecursionError:
        raise SourceError([Problem(str(path), 1, "is nested too deeply")]) from None


def read(
    base: Source,
    register: Register | None,
    names: Iterable[str | Path] = (),
    *,
    trusted: bool = False,
) -> Contract:
    """Return the contract of a file that was read; raise SourceError as `load` does.

    A `trusted` file is known to be OpenAPI, and is not checked against the specification again.
    """
    source, chosen = base, policy_files.find(names, register or registers.load())
    for policy in chosen:
        source = overlay.apply(source, policy.source)
        trusted = trusted and policy.is_built_in
    warnings: list[Problem] = []
    if trusted:
        source = dialects.normalized(source)
    else:
        source, warnings = usable(joined(source))
    source, register = derived.completed(source, register)
    reading = Reading(source, register, warnings)
    if not trusted:
        schemas = reading.schemas
        schemas.refused = growth.too_large(source.value)
        lost = any(warning.place[-1:] == ("$ref",) for warning in warnings)
        schemas.is_sound = not (lost or schemas.refused)
    _check_laws(reading)
    contract = _contract(reading, base, chosen)
    if reading.problems:
        # A warning can be the cause of a mistake, such as a parameter that cannot be used.
        raise SourceError(_in_order([*reading.problems, *reading.warnings]))
    return contract


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    once = dict.fromkeys(problems)  # a component that is used twice is read twice
    return sorted(once, key=lambda problem: (problem.file, problem.line))


def _contract(reading: Reading, base: Source, chosen: tuple[Policy, ...]) -> Contract:
    declared, error = tuple(operations(reading)), error_form(reading)
    _check_links(reading)
    for place, what in _ignored(reading.document):
        reading.warn(place, what)
    info = reading.document.get("info", {})
    return Contract(
        base=base,
        source=reading.source,
        policies=chosen,
        register=reading.register.worded(declared),
        title=str(info.get("title", "")),
        version=str(info.get("version", "")),
        base_path=reading.attempt(("servers",), lambda: base_paths(reading.document)[0]) or "",
        operations=declared,
        error=error,
        schemas=reading.schemas,
        routes=Routes(declared),
        warnings=tuple(_in_order(reading.warnings)),
    )


def base_paths(document: Mapping[str, Any]) -> list[str]:
    """Return the path of each server, '' for '/'; the first one is the base path of a contract."""
    return [_path_of(each) for each in document.get("servers") or [{"url": "/"}]]


def _path_of(server: Mapping[str, Any]) -> str:
    url = str(server.get("url", "/"))
    for name, variable in server.get("variables", {}).items():
        url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
    return urlsplit(url).path.rstrip("/")


def _check_laws(reading: Reading) -> None:
    """Compile every law, so that one that cannot be used is reported."""
    before = len(reading.problems)
    # A requirement of bounds is a law, too.
    words = {"x-validations", "x-requirement"}
    written = (at for at, element in objects(reading.document) if words & element.keys())
    for place in written:
        reading.attempt(place, lambda at=place: reading.schemas.node(at))  # type: ignore[misc]
    if len(reading.problems) > before:
        raise SourceError(_in_order(reading.problems))


def _ignored(document: Mapping[str, Any]) -> Iterator[tuple[Pointer, str]]:
    """Yield what OpenAPI 3.1 and 3.2 have and nothing here serves or judges."""
    if document.get("webhooks"):
        what = "webhooks are ignored: they are requests to other servers, not to this one"
        yield ("webhooks",), what
    for path, item in document.get("paths", {}).items():
        for member in ("query", "additionalOperations"):
            if isinstance(item, dict) and member in item:
                yield ("paths", path, member), f"{member} is ignored: its methods are not served"


def _check_links(reading: Reading) -> None:
    """Check that every link leads to a requirement, by a condition that exists."""
    if reading.register.is_derived:
        return  # the links were made with it
    for link in Link.under((), reading.document):
        for mistake in link.mistakes(reading.register):
            reading.report(*mistake)
