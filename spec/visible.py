r"""Texts from elsewhere, made safe to show: nothing hides in them, or acts as a command.

Everything that is printed, logged or put into a report goes through `line` or `visible`. Both
replace a character by its code point, as in \u202e, if it

- cannot be seen or moves what is around it: controls, direction marks, lone surrogates, blanks
  other than a space;
- looks like another one: a full-width letter, or a Cyrillic letter within a Latin word;
- would begin a command in the log of a CI system: `::error::`, `##[error]`, `##vso[task…]`.

Applied twice, they change nothing more.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 80
"""Characters of a value in a message; the exchange has it in full."""

_INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}
# They have no width, or are blank, although they count as letters, marks and symbols.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u2800\u3164\ufe00-\ufe0f\uffa0]")
_UNUSUAL = re.compile(r"[^\n\t -~]")
# Words of Latin letters and others; scripts such as Han are often written next to Latin words, and
# none of their letters looks like a Latin one.
_WORD, _LATIN = re.compile(r"\w+"), re.compile(r"[A-Za-z]")
_SIMILAR = ("ARMENIAN", "CHEROKEE", "COPTIC", "CYRILLIC", "GREEK", "LISU")
# GitHub's runner looks for ##[ anywhere in a line and for :: at its beginning, behind blanks as
# well; Azure's agent looks for ##vso[, TeamCity for ##teamcity[.
_COMMAND = re.compile(r"#(?=#\w*\[)|^([ \t]*):(?=:)", re.MULTILINE)


def visible(text: str) -> str:
    """Return a text with its lines kept, in which every character can be seen."""
    if not text.isascii():
        text = _WORD.sub(lambda word: _without_similar(word[0]), text)
    if not (text.isascii() and text.isprintable()):
        text = _UNUSUAL.sub(lambda found: _unusual(found[0]), text)
    return _COMMAND.sub(lambda found: f"{found[1] or ''}{_escape(found[0][-1])}", text)


def line(text: str) -> str:
    """Return a text in one line, in which every character can be seen."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def encodable(text: str) -> str:
    """Return a text that UTF-8 can encode: lone surrogates as escapes, the rest unchanged."""
    return text.encode("utf-8", "backslashreplace").decode()


def cut(text: str, longest: int = LONGEST) -> str:
    """Shorten a text of one line in its middle, and say by how many characters."""
    if len(text) <= longest:
        return text
    half = (longest - 20) // 2
    return f"{text[:half]} …{len(text) - 2 * half} more… {text[-half:]}"


def cut_lines(text: str, longest: int) -> str:
    """Shorten a text of many lines in its middle, and say so in a line of its own."""
    if len(text) <= longest:
        return text
    half = longest // 2
    left_out = len(text) - 2 * half
    return f"{text[:half]}\n… {left_out:,} characters left out …\n{text[len(text) - half :]}"


def _without_similar(word: str) -> str:
    return "".join(map(_similar, word)) if _LATIN.search(word) else word


def _similar(character: str) -> str:
    if character.isascii() or not unicodedata.name(character, "").startswith(_SIMILAR):
        return character
    return _escape(character)


def _unusual(character: str) -> str:
    invisible = unicodedata.category(character) in _INVISIBLE or _BLANK.match(character)
    # The ellipsis is what a text is cut with.
    mistakable = unicodedata.normalize("NFKC", character).isascii() and character != "…"
    return _escape(character) if invisible or mistakable else character


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004
