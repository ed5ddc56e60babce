"""Runs with something to report, and pages read back."""

from __future__ import annotations

import copy
from html.parser import HTMLParser
from typing import Any

from .backend import Answer, Asked, Backend, error

# Elements that have no end tag.
VOID = {"meta", "input", "br"}


def faulty(asked: Asked, answer: Answer) -> Answer:
    """PAGE-03, ITEM-07 and, as a warning, ERR-03."""
    answer = copy.deepcopy(answer)
    if answer.status == 200:
        data = answer.body["data"]
        data["totalPage"] = data["totalItems"] // asked.size
        for item in data["items"]:
            if item["user"]["serial"].endswith("37"):
                item["status"] = "archived"
    else:
        answer.body["message"] = answer.body["message"].removeprefix("rpc error: ")
    return answer


def crashing(asked: Asked, answer: Answer) -> Answer:
    """A server that raises for each mistake in a parameter, each time with another text."""
    if answer.status in {400, 404}:
        return error(500, f"cannot read parameter {asked.count}")
    return faulty(asked, answer)


FAULTY = Backend(change=faulty)


class Page(HTMLParser):
    """An HTML page taken apart: the elements with their attributes, ids, links and texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found.get("href")))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in {"style", "script"}:
            self.text += data

    def of(self, tag: str) -> list[dict[str, Any]]:
        """The attributes of every element with a name."""
        return [attributes for name, attributes in self.elements if name == tag]
