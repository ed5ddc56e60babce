"""A list with cursors: each page leads to the next, and one page has all if there is no cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from ruangkerja.spec import contract as contracts
from ruangkerja.spec.documents.problems import SourceError
from tests.helpers import family

if TYPE_CHECKING:
    from pathlib import Path

    from ..conftest import Caller, MakeCaller


@pytest.fixture(scope="module")
def call(caller: MakeCaller) -> Caller:
    return caller(contracts.load(family.PATH))


def keys(call: Caller, limit: int) -> list[str]:
    """Walk from cursor to cursor; return the keys of all activities."""
    found: list[str] = []
    target = f"/v1/activities?limit={limit}"
    for _ in range(500):
        body = call(target, token=family.TOKEN).json
        assert len(body["activities"]) <= limit
        found += [each["activityId"] for each in body["activities"]]
        if body["next"] is None:
            return found
        target = f"/v1/activities?limit={limit}&cursor={body['next']}"
    raise AssertionError("the list does not end")


def test_a_walk_has_every_item_once_whatever_the_size(call: Caller) -> None:
    whole = keys(call, 50)
    assert len(set(whole)) == len(whole) > 12
    assert keys(call, 7) == whole


@pytest.mark.parametrize("cursor", ["abc", "AAAA", "%20", "AAAAAAACiRarqBkG", "%C3%A4"])
def test_a_cursor_that_was_not_returned_is_rejected(call: Caller, cursor: str) -> None:
    refused = call(f"/v1/activities?limit=2&cursor={cursor}", token=family.TOKEN)
    assert refused.status == 400
    assert refused.json["message"] == "invalid: cursor is not valid"


CONTRACT = """
openapi: 3.0.3
info: {{title: Things, version: '1'}}
servers: [{{url: /v2}}]
paths:
  /things:
    get:
      operationId: listThings
      x-pagination: {paging}
      parameters:
        - {{name: limit, in: query, schema: {{type: integer, minimum: 1, maximum: 50}}}}
        - {{name: after, in: query, schema: {after}}}
      responses:
        '200':
          description: Things.
          content:
            application/json:
              schema:
                type: object
                required: [data]
                properties:
                  next: {next}
                  more: {{type: boolean}}
                  data:
                    type: array
                    items:
                      type: object
                      required: [id]
                      properties: {{id: {{type: string, format: uuid}}}}
"""
CURSOR = "{cursor: after, size: limit, next: /next, items: /data, key: /id}"


def served(
    tmp_path: Path,
    caller: MakeCaller,
    paging: str = CURSOR,
    after: str = "{type: string}",
    next_: str = "{type: string}",
) -> Caller:
    path = tmp_path / "things.yaml"
    text = CONTRACT.format(paging=paging, after=after, next=next_)
    path.write_text(text, encoding="utf-8")
    return caller(contracts.load(path))


def walk(call: Caller, follow: Any) -> list[str]:
    found: list[str] = []
    target = "/v2/things?limit=20"
    while target:
        body = call(target, token=None).json
        found += [each["id"] for each in body["data"]]
        target = follow(body)
        assert len(found) < 1000
    return found


def test_the_key_of_the_last_item_can_be_the_cursor(tmp_path: Path, caller: MakeCaller) -> None:
    paging = "{cursor: after, size: limit, more: /more, items: /data, key: /id}"
    call = served(tmp_path, caller, paging)

    def follow(body: Any) -> str:
        return f"/v2/things?limit=20&after={body['data'][-1]['id']}" if body["more"] else ""

    found = walk(call, follow)
    assert len(set(found)) == len(found) > 20


def test_the_next_page_can_be_a_link(tmp_path: Path, caller: MakeCaller) -> None:
    call = served(tmp_path, caller, next_="{type: string, format: uri-reference}")
    found = walk(call, lambda body: body.get("next", ""))
    assert len(set(found)) == len(found) > 20
    assert urlsplit(call("/v2/things?limit=3", token=None).json["next"]).query.startswith("limit=3")


def test_a_cursor_can_be_a_number(tmp_path: Path, caller: MakeCaller) -> None:
    call = served(tmp_path, caller, after="{type: integer}", next_="{type: integer}")

    def follow(body: Any) -> str:
        return f"/v2/things?limit=20&after={body['next']}" if "next" in body else ""

    assert len(walk(call, follow)) > 20


def test_without_a_cursor_one_response_has_all_items(tmp_path: Path, caller: MakeCaller) -> None:
    call = served(tmp_path, caller, "{items: /data, key: /id}")
    assert len(call("/v2/things", token=None).json["data"]) > 20


@pytest.mark.parametrize(
    ("paging", "what"),
    [
        (CURSOR.replace("after", "from"), "cursor: 'from' is no parameter in the query"),
        (CURSOR.replace("next: /next, ", ""), "nothing says whether there is a next page"),
        (CURSOR.replace("/next", "/following"), "next is /following, which is not in"),
        (
            CURSOR.replace("items", "currentPage: /next, items"),
            "currentPage belongs to a list with",
        ),
        ("{next: /next, items: /data, key: /id}", "next belongs to a list with a cursor"),
        ("{page: after, size: limit, items: /data, key: /id}", "no integer parameter"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, caller: MakeCaller, paging: str, what: str) -> None:
    with pytest.raises(SourceError) as error:
        served(tmp_path, caller, paging)
    assert any(what in problem.what for problem in error.value.problems)
    assert {problem.line for problem in error.value.problems} == {9}
