"""A token is found whatever a server does to it, and nothing else is taken for it."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from ruangkerja.spec.secrets import token_forms
from ruangkerja.spec.secrets.token_forms import Finder, finder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKENS = (
    'Tk-5f2c91/07"b+4e68 z9',
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    "s3cr3t-é-tök4n",
)
WORDS = frozenset({"completed", "page", "data", "course", "online", "users", "application", "json"})


def codes(text: str, form: str) -> str:
    return "".join(form.format(ord(character)) for character in text)


ESCAPES: dict[str, Callable[[str], str]] = {
    "nothing": str,
    "percent": lambda t: quote(t, safe=""),
    "percent, lower case": lambda t: re.sub("%..", lambda m: m[0].lower(), quote(t, safe="")),
    "percent twice": lambda t: quote(quote(t, safe=""), safe=""),
    "a form": quote_plus,
    "a form, and percent": lambda t: quote(quote_plus(t), safe=""),
    "percent everywhere": lambda t: "".join(f"%{byte:02x}" for byte in t.encode()),
    "hexadecimal": lambda t: t.encode().hex().upper(),
    "JSON": lambda t: json.dumps(t)[1:-1],
    "JSON in JSON": lambda t: json.dumps(json.dumps(t))[3:-3],
    "JSON in ASCII": lambda t: codes(t, "\\u{:04X}"),
    "JSON of bytes": lambda t: "".join(f"\\u{byte:04x}" for byte in t.encode()),
    "JSON with escaped slashes": lambda t: json.dumps(t)[1:-1].replace("/", "\\/"),
    "C": lambda t: "".join(f"\\x{byte:02x}" for byte in t.encode()),
    "HTML": html.escape,
    "HTML twice": lambda t: html.escape(html.escape(t)),
    "HTML, decimal": lambda t: codes(t, "&#{};"),
    "HTML, decimal, zeros": lambda t: codes(t, "&#{:05d};"),
    "HTML, hexadecimal": lambda t: codes(t, "&#x{:04X};"),
    "HTML in JSON": lambda t: json.dumps(html.escape(t))[1:-1],
    "reversed": lambda t: t[::-1],
    "UTF-8 as latin-1": lambda t: t.encode().decode("latin-1"),
}


def base64_forms(token: str) -> Iterator[str]:
    for before in ("", "u", "u:"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(f"{before}{token}:rest".encode()).decode()
            yield from (text, encode(f"{before}{token}".encode()).decode().rstrip("="))
            yield from (quote(text, safe=""), quote(quote(text, safe=""), safe=""))
            yield text.replace("+", "\\u002b").replace("/", "\\/")
            for width in (76, 20, 8):
                lines = [text[i : i + width] for i in range(0, len(text), width)]
                yield from (end.join(lines) for end in ("\n", "\r\n", "\\r\\n", "\n  ", "%0A"))


@pytest.fixture(autouse=True, params=["from the first text on", "never"])
def searcher(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """When texts are searched by a compiled searcher, which makes no difference."""
    worth = 0 if request.param == "from the first text on" else token_forms._WORTH * 10**9
    monkeypatch.setattr(token_forms, "_WORTH", worth)
    yield
    token_forms._searchers.clear()


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("name", ESCAPES)
def test_a_token_is_found_in_every_encoding_and_whatever_its_case_is(name: str, token: str) -> None:
    finder = Finder([token])
    encoded = ESCAPES[name](token)
    for written in (encoded, encoded.lower(), encoded.upper()):
        shown = finder.replace(f"before {written} after", "MASK")
        assert shown == "before MASK after", shown


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_is_found_in_base64_of_any_alphabet_alignment_and_width(token: str) -> None:
    finder = Finder([token])
    for encoded in base64_forms(token):
        shown = finder.replace(f"before {encoded} after", "MASK")
        assert re.fullmatch(r"before \S{0,4}MASK[\s\S]{0,24} after", shown), (encoded, shown)


@pytest.mark.parametrize("token", TOKENS)
def test_each_part_of_eight_characters_is_found_wherever_it_was_cut(token: str) -> None:
    finder = Finder([token])
    for start in range(len(token) - 7):
        for end in range(start + 8, len(token) + 1):
            assert finder.replace(f"x {token[start:end]}… y", "MASK") in {"x MASK… y", "xMASK… y"}


@pytest.mark.parametrize(
    ("token", "text"),
    [
        ("page", "page 1 of the page"),
        ("completed", '{"status": "completed"}'),
        ("completed-2026-x", '{"status": "completed"}, not completed-'),
        ("online/users", "/course/C-1/online/users?page=1"),
        ("application/json-9", "application/json; charset=utf-8"),
        ("2026-11-26", '{"at": "2026-11-26", "until": "2026-11-26T01:02:03.456Z"}'),
        ("staging-2026-11-26", '{"at": "2026-11-26T01:02:03+07:00"}'),
        ("10", "?pageSize=10&page=1"),
        ("1", "1"),
        ("a.b", "a.b"),
        ("57.5", '{"score": 57.5}'),
        ("2026-11", '{"at": "2026-11-26"}'),
    ],
)
def test_words_dates_and_numbers_are_no_tokens(token: str, text: str) -> None:
    assert Finder([token], WORDS).replace(text, "MASK") == text


def test_a_number_of_a_json_text_stays_a_number() -> None:
    finder = Finder(["87654321"])
    text = finder.replace('{"a": 87654321, "b": [-1876543210.5], "c": "87654321"}', "MASK")
    assert json.loads(text) == {"a": 99999999, "b": [-1999999990.5], "c": "MASK"}


def test_a_number_that_begins_as_a_token_does_is_another_number() -> None:
    text = '{"at": 1669420812, "other": [1669420800]}'
    assert Finder(["GA1.2.877.1669420800"]).replace(text, "MASK") == text


def test_a_token_in_json_leaves_json() -> None:
    for token in TOKENS:
        for ascii_only in (True, False):
            body = json.dumps({"a\n": f'"{token}"\n{token}', "b": 1}, ensure_ascii=ascii_only)
            assert json.loads(Finder([token]).replace(body, "M")) == {"a\n": '"M"\nM', "b": 1}


def test_large_texts_without_and_with_many_tokens_are_read_in_time() -> None:
    token = "".join(f"{number:02x}" for number in range(400))
    finder = Finder([token])
    began = time.process_time()
    for text in ("a" * 1_000_000, " " * 1_000_000, "\\u0041" * 100_000, token[:9] * 20_000):
        finder.replace(text, "MASK")
    assert time.process_time() - began < 3


def test_searchers_are_bounded_and_one_that_gives_way_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(token_forms, "_MOST_WORDS", 300)
    finders = [Finder([f"{number}.*+?^$[](){{}}|-#&~/\ud800{number}"]) for number in range(9)]
    for _ in range(2):
        for number, each in enumerate(finders):
            assert each.replace(f"a {number}.*+?^$[] b \ud800", "MASK") == "a MASK b \ud800"
            assert each.replace("a [](){}|-#& b", "MASK") == "a MASK b"
            assert each.replace("a .*+?^$ b", "MASK") == "a .*+?^$ b"
    assert sum(size for _, size in token_forms._searchers.values()) <= 300


def test_what_is_kept_of_long_tokens_is_bounded() -> None:
    tokens = [hashlib.shake_256(seed).hexdigest(30_000) for seed in (b"a", b"b")]
    found = finder(tuple(tokens))
    assert found.replace(f"<{tokens[0]}>", "***") == "<***>"
    assert found.replace(f"<{tokens[1][:50]}>", "***") == "<***>"
    assert found.replace(f"<{tokens[1][-50:]}>", "***") == "<***>"
    assert len(found._samples) < 100_000
    for number in range(300):
        one = finder((f"token-of-user-{number:05}" * 10,))
        assert one is finder((f"token-of-user-{number:05}" * 10,))
    assert len(token_forms._kept) < 200
