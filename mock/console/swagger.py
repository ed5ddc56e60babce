"""The contract at /openapi.json and .yaml, and Swagger UI at /ui, which works offline.

The document names this stub as its server, so that "Try it out" calls the stub.
"""

from __future__ import annotations

import json
import mimetypes
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from ..response import StubResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...spec.contract import Contract

_FOUND = 200
_UI = "/ui/"
_OURS = Path(__file__).with_name("ui")
_OURS_ALONE = (
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
)
"""Pages of other origins must not load the script: it contains the tokens."""


class Swagger:
    """The responses for the contract and Swagger UI, below the path of the contract's server."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def reply(self, path: str, tokens: Mapping[str, str]) -> StubResponse | None:
        """Return the response for a path below the server's base, None if it is no path of these.

        `tokens` are the credentials that Swagger UI fills in, by the name of their scheme.
        """
        if path == "/openapi.json":
            data = json.dumps(self._document, ensure_ascii=False).encode()
            return StubResponse.of(_FOUND, data, "application/json")
        if path == "/openapi.yaml":
            text = yaml.safe_dump(self._document, sort_keys=False, allow_unicode=True)
            return StubResponse.of(_FOUND, text.encode(), "application/yaml")
        if path == _UI[:-1]:
            location = (("Location", f"{self._contract.base_path}{_UI}"),)
            return StubResponse.of(307, b"", None, more=location)
        return self._file(path[len(_UI) :], tokens) if path.startswith(_UI) else None

    @cached_property
    def _document(self) -> dict[str, object]:
        here = [{"url": self._contract.base_path or "/", "description": "This stub"}]
        return {**self._contract.document, "servers": here}

    @cached_property
    def _files(self) -> dict[str, Path]:
        # Imported here: only a browser needs it.
        from swagger_ui_bundle import swagger_ui_path  # type: ignore[import-untyped]  # noqa: PLC0415

        return {path.name: path for path in Path(swagger_ui_path).iterdir() if path.is_file()}

    def _file(self, name: str, tokens: Mapping[str, str]) -> StubResponse | None:
        if name in {"", "index.html"}:
            title = self._contract.title.replace("&", "&amp;").replace("<", "&lt;")
            return StubResponse.of(_FOUND, _filled("index.html", "{title}", title), "text/html")
        if name == "start.js":
            script = _filled(name, "{tokens}", json.dumps(tokens))
            return StubResponse.of(_FOUND, script, "text/javascript", more=_OURS_ALONE)
        path = self._files.get(name)  # by name alone: no path leads out of the folder
        if path is None:
            return None
        return StubResponse.of(_FOUND, path.read_bytes(), mimetypes.guess_type(name)[0])


def _filled(name: str, mark: str, value: str) -> bytes:
    return (_OURS / name).read_text(encoding="utf-8").replace(mark, value).encode()
