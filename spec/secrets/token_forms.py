"""The finder: it finds tokens in a text, whole or in part, in the forms that servers produce.

Escapes are decoded first, as often as they were applied: percent, JSON, HTML. Then any PART
characters in a row of a token, or of its base64, its hexadecimal digits or its reverse, are masked
with what continues them. So it does not matter where a text was cut, or a line broken.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from .decoding import Layer, decoded, lower, view_of
from .searching import word_searcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

PART = 8
"""The number of characters that identify a token. A shorter token may be a word."""
_SHORTEST = 4
# A text is sampled: each part of a token holds a sample of this length.
_SAMPLE = 4
_STEP = PART - _SAMPLE + 1
_BASE64_BITS = 6
_MOST_CHARACTERS, _FEWEST = 8_000, 100
"""How many characters of its tokens a finder knows by part, and the fewest of a token."""
_MOST_KEPT = 32_000
"""Characters of the tokens of the finders that are kept, each of which takes about 1 KB."""
# Each part of a token holds a word of this length that begins at a multiple of that number.
_WORD_LENGTH = 7
_APART = PART - _WORD_LENGTH + 1
_MOST_WORDS = 6_000
"""Words of all searchers, each of which takes about 1.5 KB."""
_WORTH = 300
"""Characters that have to be searched for each word of a searcher until it is worth its making."""
_REMEMBERED, _MOST_KNOWN = 100, 300
"""For texts shorter than this, and so many of them, it is remembered what they become."""

_WORD = re.compile(r"\w+")
_LONGEST_WORD = 64
_NUMBER_BEFORE = re.compile(r"[:\[,]\s{0,8}-?[0-9.]{0,20}$")
_NUMBER_AFTER = re.compile(r"[0-9.]{0,20}(?:[eE][+-]?[0-9]{1,4})?\s{0,8}[,\]}]")
_MOST_BEFORE = 30
# The characters of a date and a time, and what they are together.
_OF_TIME = frozenset("0123456789t:.z+-")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:t\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)?)?")


class Finder:
    """Finds tokens in any case; those shorter than PART only unchanged, as whole words.

    Texts of `words`, which are in lower case, are left, and so are dates: a token may contain or be
    the name of a member. Nobody finds a word or a number of less than PART characters either. Of
    tokens of thousands of characters, parts of the middle are not found.
    """

    def __init__(self, tokens: Iterable[str], words: frozenset[str] = frozenset()) -> None:
        self._words = words
        given = sorted({token for token in tokens if token}, key=lambda t: (-len(t), t))
        long = [token for token in given if len(token) >= PART]
        self._numbers = {token for token in long if token.isdecimal()}
        most = max(_FEWEST, _MOST_CHARACTERS // max(1, len(long)))
        self._whole = [token for token in long if len(token) > most]
        long = [end for token in long for end in _ends(token, most)]
        forms = {form for token in long for form in _forms(token) if len(form) >= PART}
        # No text that is searched has a line break.
        self._forms = "\n".join(sorted(forms))
        self._searched = 0
        self._samples = {
            form[i : i + _SAMPLE] for form in forms for i in range(len(form) - _SAMPLE + 1)
        }
        short = [t for t in given if not is_word(t) and len(t) < PART and t.lower() not in words]
        either = "|".join(map(re.escape, short)) or "(?!)"
        self._short = re.compile(rf"(?<!\w)(?:{either})(?!\w)") if short else None
        self._is_idle = not (self._whole or self._forms or short)
        # The same headers are in most messages.
        self._known: dict[tuple[str, str], str] = {}

    def replace(self, text: str, mask: str) -> str:
        """Return a text with a mask in place of every token and every part of one."""
        if self._is_idle:
            return text
        if len(text) >= _REMEMBERED:
            return self._replaced(text, mask)
        found = self._known.get((text, mask))
        if found is None:
            found = self._replaced(text, mask)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[text, mask] = found
        return found

    def beginning(self, text: str, longest: int, mask: str) -> str:
        """Return a text, cut off with an ellipsis if it is longer, as `replace` does.

        It may have been cut to one more character than `longest`.
        """
        if len(text) <= longest:
            return self.replace(text, mask)
        # The end may be the beginning of a token, too short to be found.
        return f"{self.replace(text[:longest], mask)[: -PART + 1]}…"

    def _replaced(self, text: str, mask: str) -> str:
        for token in self._whole:
            text = text.replace(token, mask)
        if self._forms and self._has_part(view_of(text)):
            text = self._without_parts(text, mask)
        return self._short.sub(lambda _: mask, text) if self._short is not None else text

    def _has_part(self, view: str) -> bool:
        known = _searchers.get(self)
        may_have_part = known[0] if known else self._searcher_for(view)
        if may_have_part is not None and not may_have_part(view):
            return False
        return any(self._is_part(view, i) for i in self._candidates(view))

    def _searcher_for(self, view: str) -> Callable[[str], bool] | None:
        """Return a searcher for words of parts if this finder searches so much that it is worth it.

        Others that were made before may have to give way.
        """
        self._searched += len(view)
        size = len(self._forms) // _APART
        if self._searched < _WORTH * size or size > _MOST_WORDS:
            return None
        self._searched = 0
        for other in list(_searchers):
            if sum(each for _, each in list(_searchers.values())) + size <= _MOST_WORDS:
                break
            _searchers.pop(other, None)
        words = {
            form[i : i + _WORD_LENGTH]
            for form in self._forms.split("\n")
            for i in range(0, len(form) - _WORD_LENGTH + 1, _APART)
        }
        may_have_part = word_searcher(sorted(words))
        _searchers[self] = may_have_part, size
        return may_have_part

    def _is_part(self, view: str, start: int) -> bool:
        part = view[start : start + PART]
        return len(part) == PART and part in self._forms

    def _candidates(self, view: str) -> Iterator[int]:
        """Yield the places where parts may begin; most texts have none, which is fast to see."""
        samples, last = self._samples, -1
        for i in [i for i in range(0, len(view), _STEP) if view[i : i + _SAMPLE] in samples]:
            yield from range(max(last + 1, i - PART + _SAMPLE), i + 1)
            last = i

    def _without_parts(self, text: str, mask: str) -> str:
        layers: list[Layer] = []
        view = view_of(text, layers)
        done, pieces = 0, []
        for start, end in self._runs(view):
            if self._is_harmless(view, start, end):
                continue
            first, last = start, end - 1
            for layer in reversed(layers):
                first, last = layer.first(first), layer.last(last)
            first = max(first, done)  # two runs may share an escape
            shown = mask
            if _is_number(text, first, last + 1):
                if view[start:end] not in self._numbers:
                    continue  # a time in seconds may begin as a token does
                shown = "9" * (last + 1 - first)  # JSON stays JSON
            if first <= last:
                pieces += [text[done:first], shown]
                done = last + 1
        return "".join([*pieces, text[done:]])

    def _runs(self, view: str) -> Iterator[tuple[int, int]]:
        """Yield the start and the end of each longest run of parts that overlap."""
        start = end = -1
        for i in self._candidates(view):
            if i + PART <= end or not self._is_part(view, i):
                continue
            if i > end:
                if end > 0:
                    yield start, end
                start = i
            end = i + PART
            while self._is_part(view, end - PART + 1):
                end += 1
        if end > 0:
            yield start, end

    def _is_harmless(self, view: str, start: int, end: int) -> bool:
        """Whether a run is no secret: words that are known, or a part of a date."""
        words = _WORD.findall(_around(view, start, end, _is_of_word))
        if words and self._words.issuperset(words):
            return True
        return _TIME.fullmatch(_around(view, start, end, _OF_TIME.__contains__)) is not None


_searchers: dict[Finder, tuple[Callable[[str], bool], int]] = {}
"""Searchers with the number of their words."""
_kept: dict[tuple[tuple[str, ...], frozenset[str]], Finder] = {}


def finder(tokens: tuple[str, ...], words: frozenset[str] = frozenset()) -> Finder:
    """Return a finder, the same one for the same tokens: to make one takes time and memory."""
    found = _kept.get((tokens, words))
    if found is None:
        found = Finder(tokens, words)
        size = max(_FEWEST, sum(map(len, tokens)))
        if size + sum(max(_FEWEST, sum(map(len, t))) for t, _ in list(_kept)) > _MOST_KEPT:
            _kept.clear()
        if size <= _MOST_KEPT:
            _kept[tokens, words] = found
    return found


def _ends(token: str, most: int) -> tuple[str, ...]:
    """Return a token, or the two ends of one with more than `most` characters."""
    return (token,) if len(token) <= most else (token[: most // 2], token[-most // 2 :])


def is_word(token: str) -> bool:
    """Whether a token may be a word, a number, a part of a date or a mark of any text."""
    has_letters = any(map(str.isalpha, token))
    return len(token) < _SHORTEST or (len(token) < PART and (token.isalpha() or not has_letters))


def _is_of_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _around(text: str, start: int, end: int, belongs: Callable[[str], bool]) -> str:
    """Return a part of a text with the characters around it that belong to it."""
    first, last = max(0, start - _LONGEST_WORD), min(len(text), end + _LONGEST_WORD)
    while start > first and belongs(text[start - 1]):
        start -= 1
    while end < last and belongs(text[end]):
        end += 1
    return text[start:end]


def _is_number(text: str, start: int, end: int) -> bool:
    """Whether a part of a text is, or is in, a number of JSON."""
    return (
        text[start:end].isdecimal()
        and _NUMBER_BEFORE.search(text, max(0, start - _MOST_BEFORE), start) is not None
        and _NUMBER_AFTER.match(text, end) is not None
    )


def _forms(token: str) -> Iterator[str]:
    """Yield the forms of a token after escapes are decoded, in lower case."""
    data = token.encode("utf-8", "surrogatepass")
    plain = decoded(token)
    yield lower(token)
    yield lower(plain)
    yield lower(plain.replace(" ", "+"))
    yield from (lower(plain[::-1]), lower(decoded(token[::-1])))
    yield lower(decoded(data.decode("latin-1")))
    yield data.hex()
    for shift in range(3):
        inside = _base64(data, shift).lower()
        yield inside
        yield inside.replace("+", "-").replace("/", "_")


def _base64(data: bytes, shift: int) -> str:
    """Return the part of a base64 text that does not depend on the bytes around the data.

    `shift` is the number of bytes before the data in its group of three.
    """
    text = base64.b64encode(b"\0" * shift + data).decode()
    first = -(-shift * 8 // _BASE64_BITS)
    return text[first : (shift + len(data)) * 8 // _BASE64_BITS]
