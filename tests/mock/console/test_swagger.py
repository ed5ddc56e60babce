from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from ruangkerja.spec.openapi import problems
from ruangkerja.spec.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    from ..conftest import Caller


def test_the_contract_is_served_and_names_the_stub(call: Caller, tmp_path: Path) -> None:
    as_json, as_yaml = call("/openapi.json", token=None), call("/openapi.yaml", token=None)
    assert as_json.headers["content-type"] == "application/json"
    assert as_json.json == yaml.safe_load(as_yaml.body)
    assert as_json.json["servers"][0]["url"] == "/"
    assert list(problems(Source.parse(as_json.body, tmp_path / "openapi.json"))) == []


def test_swagger_ui_comes_from_this_machine(call: Caller) -> None:
    page = call("/ui/", token=None)
    assert page.headers["content-type"] == "text/html"
    assert b"//" not in page.body.replace(b"</", b"")
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
        assert call(f"/ui/{name}", token=None).status == 200
        assert name.encode() in page.body
    assert b'"token": "access_token"' in call("/ui/start.js", token=None).body


def test_ui_without_its_slash_leads_there(call: Caller) -> None:
    received = call("/ui", token=None, Host="evil.example")
    assert (received.status, received.headers["location"]) == (307, "/ui/")


def test_no_path_leads_out_of_the_folder(call: Caller) -> None:
    for name in ("../__init__.py", "%2e%2e/__init__.py", "__init__.py", "nope.js"):
        assert call(f"/ui/{name}", token=None).status == 404
