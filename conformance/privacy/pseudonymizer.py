"""The pseudonymizer: it replaces personal data in responses before a report is made.

The contract says which members are personal (`x-personal`). Their values are replaced in the body
and wherever else they occur. Members that the contract does not describe are replaced as well, as
they may hold anything. A pseudonym has the length and the type of the value, and equal values have
equal pseudonyms, so that a report still shows what is wrong with a body.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from ...spec.source import elements
from ...spec.visible import encodable
from ..evidence import strict_json
from .pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ...spec.contract import Contract
    from ...spec.model import Operation
    from ...spec.validation import Node, Schemas
    from ..http.exchange import Exchange, Headers, Response

# Strings, the marks of the structure, and literals.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"\ufeff]+', re.DOTALL)
_WORD = re.compile(r"\w+")
# Shorter values identify nobody, and occur in any text by chance.
_SHORTEST_NAME, _SHORTEST_DIGITS = 3, 5
_STRUCTURE = re.compile(rb"[\s{}\[\]<>(!]{0,16}")
_BOM = "\ufeff"


class Pseudonymizer:
    """Replaces personal data; the same `key` always gives the same pseudonyms.

    `prefix` is the path of the target before the paths of the contract.
    """

    def __init__(self, contract: Contract, prefix: str, key: bytes) -> None:
        self._contract = contract
        self._prefix = prefix
        self._pseudonyms = Pseudonyms(key)
        self._scopes: dict[str | None, _Scope] = {}
        self._known: dict[str, set[str]] = {}

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return an exchange with pseudonyms in its response."""
        if exchange.response is None:
            return exchange
        response = replace(
            exchange.response,
            headers=self._headers(exchange.response.headers),
            body=self._body(exchange.response, self._scope(exchange)),
        )
        return replace(exchange, response=response)

    def learn(self, exchanges: Iterable[Exchange]) -> None:
        """Remember the personal values of exchanges, to replace them in any text."""
        for exchange in exchanges:
            if exchange.response is not None:
                self._body(exchange.response, self._scope(exchange))

    def text(self, text: str) -> str:
        """Return a text with the personal values replaced that are known so far."""
        done, parts = 0, []
        for found in _WORD.finditer(text):
            value = self._named_at(text, found)
            if found.start() >= done and value is not None:
                parts += [text[done : found.start()], self._pseudonyms.text(value)]
                done = found.start() + len(value)
        return "".join([*parts, text[done:]])

    def keys(self, operation: Operation, keys: Iterable[Any]) -> tuple[Any, ...]:
        """Return keys of rows as they are in the bodies of the operation's responses."""
        paging, scope = operation.pagination, self._scope_of(operation)
        for name in paging.items if paging else ():
            scope = scope.member(name)
        scope = scope.element
        for name in paging.key if paging else ():
            scope = scope.member(name)
        return tuple(json.loads(self._value(json.dumps(key), scope)) for key in keys)

    def _named_at(self, text: str, word: re.Match[str]) -> str | None:
        for value in sorted(self._known.get(word[0], ()), key=lambda v: (-len(v), v)):
            end = word.start() + len(value)
            if text.startswith(value, word.start()) and not _is_within_word(text, end):
                return value
        return None

    def _remember(self, value: str) -> None:
        first = _WORD.search(value)
        if first is None:
            return
        value = value[first.start() :].rstrip()
        shortest = _SHORTEST_DIGITS if value.isdecimal() else _SHORTEST_NAME
        if len(value) >= shortest and value not in self._vocabulary:
            self._known.setdefault(first[0], set()).add(value)

    @cached_property
    def _vocabulary(self) -> frozenset[str]:
        """The words of the contract, which are not personal."""
        return frozenset(_words(self._contract.document))

    def _scope(self, exchange: Exchange) -> _Scope:
        path = exchange.request.path.removeprefix(self._prefix)
        found = self._contract.routes.nearest(exchange.request.method, path)
        return self._scope_of(found[0] if found is not None else None)

    def _scope_of(self, operation: Operation | None) -> _Scope:
        name = operation.id if operation else None
        if name not in self._scopes:
            self._scopes[name] = self._of(operation)
        return self._scopes[name]

    def _of(self, operation: Operation | None) -> _Scope:
        responses = operation.responses.values() if operation else ()
        media = (response.json for response in responses)
        schemas = [each.schema for each in media if each is not None and each.schema is not None]
        return _Scope(self._contract.schemas, [schema.root for schema in schemas])

    def _headers(self, headers: Headers) -> Headers:
        return tuple((name, self.text(value)) for name, value in headers)

    def _body(self, response: Response, scope: _Scope) -> bytes:
        body = response.body
        if not body.strip():
            return body
        document = strict_json.read(body)
        if not document.readable:
            return withheld(body)
        text = body.decode()
        outer = text.removeprefix(_BOM).strip()
        if document.problem_kind is not None and outer.startswith('"'):
            return json.dumps(self._json(json.loads(outer), scope)).encode()  # encoded twice
        return self._json(text, scope).encode()

    def _json(self, text: str, scope: _Scope) -> str:
        """Return a JSON text with its values replaced and everything between them unchanged."""
        done, parts = 0, []
        for start, end, here in _values(text, scope):
            parts += [text[done:start], self._value(text[start:end], here)]
            done = end
        return "".join([*parts, text[done:]])

    def _value(self, literal: str, scope: _Scope) -> str:
        if literal.startswith('"'):
            value = _text(literal)
            if scope.is_personal:
                self._remember(value)
            shown = self._pseudonyms.text(value) if scope.hides_values else self.text(value)
            return literal if shown == value else _written(shown, literal)
        return self._pseudonyms.number(literal) if scope.hides_values else literal


class _Scope:
    """A place in a body: the schemas that describe it, and whether it is personal."""

    def __init__(
        self, schemas: Schemas, nodes: Iterable[Node], *, is_personal: bool = False
    ) -> None:
        self._schemas = schemas
        seen: set[tuple[str, ...]] = set()
        self._nodes = [each for node in nodes for each in schemas.with_branches(node, seen)]
        self._inside: dict[str, _Scope] = {}
        self.is_personal = is_personal or any(node.personal for node in self._nodes)

    @cached_property
    def hides_values(self) -> bool:
        """Whether values here are replaced: they are personal, or not described by the contract.

        It does not describe a single value in the place of an object or an array either.
        """
        return self.is_personal or all(
            node.members or node.element or node.schema.get("type") in {"object", "array"}
            for node in self._nodes
        )

    def member(self, name: str) -> _Scope:
        """Return the place of a member of an object."""
        if name not in self._inside:
            found = [node.members[name] for node in self._nodes if name in node.members]
            self._inside[name] = self._below(found)
        return self._inside[name]

    @cached_property
    def element(self) -> _Scope:
        """Return the place of an element of an array."""
        return self._below([node.element for node in self._nodes if node.element is not None])

    def _below(self, places: Sequence[tuple[str, ...]]) -> _Scope:
        nodes = [self._schemas.node(place) for place in places]
        return _Scope(self._schemas, nodes, is_personal=self.is_personal)


def _values(text: str, root: _Scope) -> Iterator[tuple[int, int, _Scope]]:
    """Yield the start, the end and the place of each value that is not an object or an array."""
    around: list[_Scope] = []
    objects: list[bool] = []
    here, is_name = root, False
    for found in _TOKEN.finditer(text):
        mark = found[0]
        if mark in "{[":
            around.append(here)
            objects.append(mark == "{")
            is_name = mark == "{"
            here = here if is_name else here.element
        elif mark in "}]":
            here = around.pop()
            objects.pop()
            is_name = False
        elif mark == ",":
            is_name = bool(objects) and objects[-1]
        elif mark == ":":
            is_name = False
        elif is_name:
            here = around[-1].member(_text(mark))
        else:
            yield found.start(), found.end(), here


def _is_within_word(text: str, end: int) -> bool:
    return bool(_WORD.fullmatch(text[end - 1 : end + 1])) and end < len(text)


def _text(literal: str) -> str:
    """Return the string of a JSON literal; without an escape, it is what the quotes enclose."""
    return literal[1:-1] if "\\" not in literal else str(json.loads(literal))


def _written(value: str, like: str) -> str:
    """Return a string as JSON, escaped to ASCII only if the original was."""
    return encodable(json.dumps(value, ensure_ascii=like.isascii()))


def withheld(body: bytes) -> bytes:
    """Return the first marks of a body that is not JSON, and its size in place of the rest."""
    marks = _STRUCTURE.match(body)
    said = f"({len(body):,} bytes, no JSON; --show-data shows them)"
    return (marks[0] if marks else b"") + said.encode()


def _words(document: Any) -> Iterator[str]:
    """Yield the enumerated values and the names of members in a contract."""
    for _, element in elements(document):
        if isinstance(element, dict):
            yield from (value for value in element.get("enum", ()) if isinstance(value, str))
            if isinstance(element.get("properties"), dict):
                yield from element["properties"]


def key_of(contract: Contract, url: str, token: str) -> bytes:
    """Return the key for the pseudonyms of a run, 32 bytes.

    The same contract, target and token give the same pseudonyms, so that two runs can be compared.
    The contract and the target are in the report; without the token, anybody could try names.
    """
    return blake2b(
        f"{contract.digest}\n{url}".encode("utf-8", "surrogatepass"),
        key=blake2b(token.encode("utf-8", "surrogatepass"), digest_size=32).digest(),
        digest_size=32,
    ).digest()
