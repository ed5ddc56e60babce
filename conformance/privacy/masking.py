"""Texts for people without the secrets that a server may repeat in what it sends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MASK = "***"

# What is shorter than this says nothing about a secret, and stands in any text by accident.
_SHORTEST_PART = 4


class Masking:
    """Replaces every secret in a text, however its bytes were made into text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        # The longest first: a secret may begin with another one.
        self._forms = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, self._forms)))

    def __call__(self, text: str) -> str:
        """Give the text with a mask in place of each secret, one cut off at its end included."""
        if not self._forms:
            return text
        return self._without_cut_off(self._pattern.sub(MASK, text))

    def _without_cut_off(self, text: str) -> str:
        for form in self._forms:
            for length in range(min(len(form) - 1, len(text)), _SHORTEST_PART - 1, -1):
                if text.endswith(form[:length]):
                    return text[:-length] + MASK
        return text


def _forms(secret: str) -> Iterable[str]:
    """Give the secret as it is, and as its UTF-8 looks to who reads every byte as a character."""
    return secret, secret.encode("utf-8", "surrogatepass").decode("latin-1")
