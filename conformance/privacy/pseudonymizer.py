"""The pseudonymizer: it replaces personal data in responses before a report is made.

The contract says which members are personal (`x-personal`). Their values are replaced in the body
and wherever else they occur, and so is everything that is not known to be harmless: members and
values that the contract does not describe, words of errors that no contract has, headers. A
pseudonym has the length and the type of the value, and equal values have equal pseudonyms: so a
report still shows what is wrong with a body.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus

from ...spec.secrets.masking import is_secret
from ...spec.visible import encodable
from ..records import strict_json
from .harmless import Harmless, has_words, is_address, is_standard, is_time
from .names import WORD, Names
from .places import Scope, personal, replaced, text_of
from .pseudonyms import Pseudonyms
from .remembered import Remembered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ...spec.contract import Contract
    from ...spec.model.operation import Operation
    from ..http.exchange import Exchange, Headers, Request

# Bytes. A page of a hundred users has about 40 kB.
_MOST_REMEMBERED = 8 << 20
_STRUCTURE = re.compile(rb"[\s{}\[\]<>(!]{0,16}")
_BOM = "\ufeff"
_CHARSET = r"utf-?\d{1,2}|us-ascii|(?:iso|windows)-[\d-]{1,8}"
_MEDIA_TYPE = re.compile(
    rf"\s*[\w.+*-]+/[\w.+*-]+(?:;\s*charset=\"?(?:{_CHARSET})\"?)?(?![^;])",
    re.ASCII | re.IGNORECASE,
)
_HOST = re.compile(r"<?(?:https?:)?//[^/?#\s]*", re.IGNORECASE)
# What a message quotes of a response, which may have quotes itself; no apostrophe ends it.
_QUOTED = re.compile(r"""(?<=(?<!\w)')[^\n]+(?='(?!\w))|(?<=")[^\n]+(?=")""")


class Pseudonymizer:
    """Replaces personal data; the same `key` always gives the same pseudonyms.

    `prefix` is the path of the target before the paths of the contract. In a `passive` run people
    sent the requests, too.
    """

    def __init__(
        self, contract: Contract, prefix: str, key: bytes, *, passive: bool = False
    ) -> None:
        self._contract = contract
        self._passive = passive
        self._harmless = Harmless(contract)
        self._shown = {each.name for op in contract.operations for each in op.parameters}
        self._prefix = prefix
        self._pseudonyms = Pseudonyms(key)
        self._scopes: dict[str | None, Scope] = {}
        # What is published of a body or a header depends on nothing but the names that are known.
        self._published = Remembered(_MOST_REMEMBERED)
        self._names = Names(contract.names, on_new=self._published.clear)

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return an exchange with pseudonyms in its response, and in the request of others."""
        response, failure = exchange.response, exchange.failure
        if response is not None:
            response = replace(
                response,
                reason=self._harmless_text(response.reason),
                headers=self._headers(response.headers),
                body=self._published.of(self._body, response.body, self._scope(exchange)),
            )
        if failure is not None:
            failure = replace(failure, message=self.message(failure.message))
        request = self._request(exchange.request) if self._passive else exchange.request
        return replace(exchange, request=request, response=response, failure=failure)

    def _request(self, request: Request) -> Request:
        path, mark, query = request.target.decode("latin-1").partition("?")
        return replace(
            request,
            target=f"{path}{mark}{self._query(query)}".encode("latin-1", "replace"),
            headers=self._headers(request.headers),
            body=self._published.of(self._body, request.body, self._scope_of(None)),
        )

    def learn(self, exchanges: Iterable[Exchange]) -> None:
        """Remember the personal values of exchanges, to replace them in any text."""
        bodies = dict.fromkeys((e.response.body, self._scope(e)) for e in exchanges if e.response)
        for body, scope in bodies:
            if not scope.leads_to_personal:
                continue
            document = strict_json.read(body)
            if isinstance(document.value, dict | list) and not document.repeated:
                for value in personal(document.value, scope):
                    self._names.add(value)
            elif document.readable:
                self._body(body, scope)

    def text(self, text: str) -> str:
        """Return a text with the personal values replaced that are known so far."""
        return self._text(text, lambda _: True)

    def message(self, text: str) -> str:
        """Return a message of the tool with the words replaced that it quotes of a response."""
        return self.text(_QUOTED.sub(lambda said: self._harmless_text(said[0]), text))

    def _harmless_text(self, text: str) -> str:
        """Return a text of a server with the words replaced that are not known to be harmless."""
        return self._text(text, self._harmless.is_name)

    def _text(self, text: str, is_harmless: Callable[[str], bool]) -> str:
        done, parts = 0, []
        for found in WORD.finditer(text):
            if found.start() < done:
                continue
            value = self._names.at(text, found) or ("" if is_harmless(found[0]) else found[0])
            if value:
                parts += [text[done : found.start()], self._pseudonyms.text(value)]
                done = found.start() + len(value)
        return "".join([*parts, text[done:]])

    def keys(self, operation: Operation, keys: Iterable[Any]) -> tuple[Any, ...]:
        """Return keys of rows as they are in the bodies of the operation's responses."""
        paging, scope = operation.listing, self._scope_of(operation)
        for name in paging.items if paging else ():
            scope = scope.member(name)
        scope = scope.element
        for name in paging.key if paging else ():
            scope = scope.member(name)
        return tuple(json.loads(self._value(json.dumps(key), scope)) for key in keys)

    def _scope(self, exchange: Exchange) -> Scope:
        path = exchange.request.path.removeprefix(self._prefix)
        found = self._contract.routes.nearest(exchange.request.method, path)
        return self._scope_of(found[0] if found is not None else None)

    def _scope_of(self, operation: Operation | None) -> Scope:
        name = operation.id if operation else None
        if name not in self._scopes:
            self._scopes[name] = self._of(operation)
        return self._scopes[name]

    def _of(self, operation: Operation | None) -> Scope:
        responses = operation.responses.values() if operation else ()
        media = (response.json for response in responses)
        schemas = [each.schema for each in media if each is not None and each.schema is not None]
        return Scope(self._contract.schemas, [schema.root for schema in schemas])

    def _headers(self, headers: Headers) -> Headers:
        return tuple(self._published.of(self._header, name, value) for name, value in headers)

    def _header(self, name: str, value: str) -> tuple[str, str]:
        return self._name(name), self._header_value(name, value)

    def _header_value(self, name: str, value: str) -> str:
        if is_secret(name) or is_standard(name, value):  # a secret is masked
            return self.text(value)
        if has_words(name):
            return self._harmless_text(value)
        if is_address(name):
            return self._address(value)
        if name.lower() == "content-type":
            kind = _MEDIA_TYPE.match(value)
            shown = kind[0] if kind else ""
            return self.text(shown) + self._harmless_text(value[len(shown) :])
        if self._harmless.is_name(value) and not any(map(str.isdecimal, value)):
            return self.text(value)
        return self._pseudonyms.text(value)

    def _address(self, text: str) -> str:
        """Return an address without what its path and its query may say about people."""
        text, sign, fragment = text.partition("#")
        before, mark, query = text.partition("?")
        start = _HOST.match(before)
        host = start[0] if start else ""
        path = self._harmless_text(before[len(host) :])
        shown = f"{self.text(host)}{path}{mark}{self._query(query)}"
        return f"{shown}{sign}{self._harmless_text(fragment)}"

    def _query(self, query: str) -> str:
        return "&".join(map(self._pair, query.split("&")))

    def _pair(self, pair: str) -> str:
        name, mark, value = pair.partition("=")
        decoded = unquote_plus(value)
        if is_secret(unquote_plus(name)):  # it is masked
            shown = decoded
        elif unquote_plus(name) in self._shown:
            is_number = decoded.isascii() and decoded.isdecimal()
            shown = decoded if is_number else self._harmless_text(decoded)
        else:
            shown = self._pseudonyms.text(decoded)
        return f"{self._name(name)}{mark}{value if shown == decoded else quote(shown)}"

    def _name(self, name: str) -> str:
        return name if self._harmless.is_name(name) else self._pseudonyms.text(name)

    def _body(self, body: bytes, scope: Scope) -> bytes:
        if not body.strip():
            return body
        content = _content(body)
        if content is None:
            return withheld(body)
        text, is_encoded_twice = content
        shown = replaced(text, scope, self._value, self._member)
        return (json.dumps(shown) if is_encoded_twice else shown).encode()

    def _value(self, literal: str, scope: Scope) -> str:
        if literal.startswith('"'):
            value = text_of(literal)
            if scope.is_personal:
                self._names.add(value)
            if scope.hides_values:
                shown = self._pseudonyms.text(value)
            elif scope.lists(value) or is_time(value):
                return literal
            else:
                shown = self._harmless_text(value)
            return literal if shown == value else _written(shown, literal)
        fits = scope.has_numbers or (not scope.hides_values and self._harmless.is_name(literal))
        hidden = not fits or self._names.has(literal)
        return self._pseudonyms.number(literal) if hidden else literal

    def _member(self, literal: str) -> str:
        name = text_of(literal)
        shown = self._name(name)
        return literal if shown == name else _written(shown, literal)


def _content(body: bytes) -> tuple[str, bool] | None:
    """Return the JSON text of a body, and whether it is encoded twice; None if it is not JSON."""
    document = strict_json.read(body)
    if not document.readable:
        return None
    text = body.decode()
    outer = text.removeprefix(_BOM).strip()
    is_encoded_twice = document.problem_kind is not None and outer.startswith('"')
    return (str(json.loads(outer)) if is_encoded_twice else text), is_encoded_twice


def _written(value: str, like: str) -> str:
    """Return a string as JSON, escaped to ASCII only if the original was."""
    # Letters and digits take the place of others: what needed no escape needs none now.
    text = json.dumps(value, ensure_ascii=like.isascii()) if "\\" in like else f'"{value}"'
    return encodable(text)


def withheld(body: bytes) -> bytes:
    """Return the first marks of a body that is not JSON, and its size in place of the rest."""
    marks = _STRUCTURE.match(body)
    said = f"({len(body):,} bytes, no JSON; --show-data shows them)"
    return (marks[0] if marks else b"") + said.encode()


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
