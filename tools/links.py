"""Hold a built site against itself: every link and picture in it leads somewhere in it.

    python tools/links.py [FOLDER]

The generator checks the links that are written in Markdown; this one reads what it built, so that
pictures, raw HTML and anchors in tables are looked at as well. A page that would load something
from another host is refused too; links that people click may lead there. Exits 1 if something is
wrong.
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
LOADED = {"audio", "embed", "iframe", "img", "link", "script", "source", "video"}
# What is named in the head and not loaded: where the page is found, and its neighbours.
NAMED = {"canonical", "next", "prev"}


class Page(HTMLParser):
    """The anchors of a page, and where its elements lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[tuple[int, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element is called and where it leads."""
        found = {name: value or "" for name, value in attrs}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag == "link" and set(found.get("rel", "").split()) & NAMED:
            return
        for name in ("href", "src"):
            if name in found:
                self.links.append((self.getpos()[0], tag, found[name]))


def problems(folder: Path) -> Iterator[str]:
    """Say of every link that leads nowhere in which file and line it stands."""
    pages = {path: Page(path.read_text("utf-8")) for path in sorted(folder.rglob("*.html"))}
    for path, page in pages.items():
        for line, tag, link in page.links:
            reason = _wrong(folder, pages, path, tag, link)
            if reason:
                yield f"{path.relative_to(folder)}:{line}: {link!r} {reason}"


def _wrong(folder: Path, pages: dict[Path, Page], path: Path, tag: str, link: str) -> str:
    plain, anchor = urldefrag(link)
    parts = urlsplit(plain)
    if parts.scheme or parts.netloc:
        return "is loaded from another host" if tag in LOADED and parts.netloc else ""
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if parts.path.startswith("/"):
        target = folder / unquote(parts.path).lstrip("/")
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return "leads to no file"
    if anchor and target in pages and unquote(anchor) not in pages[target].anchors:
        return f"leads to no place in {target.relative_to(folder)}"
    return ""


def main() -> int:
    """Check a folder, and say how it went."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "site").resolve()
    found = list(problems(folder))
    for problem in found:
        print(problem)
    print(f"{len(found)} broken links" if found else "every link leads somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
