"""What the console answers, to whom, and that it is in nobody's way."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from ruangkerja.mock.app import create_app
from ruangkerja.mock.console import console as consoles
from ruangkerja.mock.settings import Settings
from ruangkerja.spec.checks.openapi import problems
from ruangkerja.spec.contract import Contract, load
from ruangkerja.spec.documents.source import Source
from tests.helpers.asking import Answer, ask

PAGE = Path(consoles.__file__).with_name("page")
SECRET = "sesame-open-1"  # noqa: S105 - no secret of anybody


@pytest.fixture(scope="module")
def app(contract: Contract) -> Any:
    return create_app(contract, Settings())


@pytest.fixture(scope="module")
def guarded(contract: Contract) -> Any:
    return create_app(contract, Settings(tokens=(SECRET,)))


def facts(app: Any, **headers: str) -> Any:
    return json.loads(ask(app, "/-/console.json", **headers).body)


class Linked(HTMLParser):
    """The addresses of a page, and what of it would be run or painted in place."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"src", "href"}:
                self.addresses.append(value or "")
            if name.startswith("on") or name == "style":
                self.inline.append(f"{tag} {name}")
        if tag in {"style", "base", "form"} or (tag == "script" and "src" not in dict(attrs)):
            self.inline.append(tag)


@pytest.mark.parametrize(("target", "before"), [("/", "-/"), ("/-/", "./")])
def test_the_page_is_made_of_files_that_are_there(app: Any, target: str, before: str) -> None:
    page = ask(app, target)
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    own = [each for each in Linked(page.body).addresses if each.startswith(before)]
    assert len(own) == 4
    for address in own:
        file = ask(app, f"/-/{address.removeprefix(before)}")
        assert file.status == 200
        assert file.headers["x-content-type-options"] == "nosniff"


def test_nothing_in_the_page_is_run_or_painted_but_its_own_files(app: Any) -> None:
    page = ask(app, "/")
    assert Linked(page.body).inline == []
    policy = dict(
        each.strip().split(" ", 1) for each in page.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"


def test_the_files_of_the_page_load_nothing_from_elsewhere_and_read_no_text_as_html() -> None:
    for path in PAGE.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        for forbidden in ("http:", "https:", "innerHTML", "outerHTML", "insertAdjacent", "eval("):
            assert forbidden not in text, path.name


def test_no_path_leads_out_of_the_folder(app: Any) -> None:
    for name in ("../console.py", "%2e%2e/console.py", "console.py", "..%2fconsole.py", "nope.js"):
        assert ask(app, f"/-/{name}").status == 404


def test_it_is_read_and_not_written_to(app: Any) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        for target in ("/", "/-/", "/-/console.json", "/-/events"):
            assert ask(app, target, method).status == 404
    head = ask(app, "/", "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["content-length"]) == len(ask(app, "/").body)


def test_the_contract_is_served_and_names_the_stub(app: Any, tmp_path: Path) -> None:
    as_json, as_yaml = ask(app, "/openapi.json"), ask(app, "/openapi.yaml")
    assert as_json.headers["content-type"] == "application/json"
    document = json.loads(as_json.body)
    assert document == yaml.safe_load(as_yaml.body)
    assert document["servers"][0]["url"] == "/"
    assert list(problems(Source.parse(as_json.body, tmp_path / "openapi.json"))) == []


def test_a_contract_is_written_once(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ask(app, "/openapi.yaml")
    monkeypatch.delattr(yaml, "dump")
    assert ask(app, "/openapi.yaml").body == first.body


def test_who_opens_the_page_is_no_client_of_the_api(app: Any) -> None:
    seen: list[str] = []
    watcher = lambda scope, _reply, _took: seen.append(scope["path"])  # noqa: E731
    app.watchers.append(watcher)
    try:
        for target in ("/", "/-/console.json", "/-/main.js", "/openapi.json", "/nowhere"):
            ask(app, target)
    finally:
        app.watchers.remove(watcher)
    assert seen == ["/openapi.json", "/nowhere"]


@pytest.mark.parametrize(
    ("settings", "host", "shown"),
    [
        (Settings(), "localhost:8080", "access_token"),
        (Settings(host="0.0.0.0"), "stub", "access_token"),  # noqa: S104
        (Settings(tokens=(SECRET,)), "127.0.0.1:8080", SECRET),
        (Settings(tokens=(SECRET,)), "[::1]:8080", SECRET),
        (Settings(tokens=(SECRET,)), "192.168.0.7:8080", None),
        (Settings(tokens=(SECRET,)), "", None),
        (Settings(tokens=(SECRET,), allowed_hosts=("stub.example",)), "stub.example", None),
        (Settings(tokens=(SECRET,), host="0.0.0.0"), "127.0.0.1:8080", None),  # noqa: S104
    ],
)
def test_a_token_of_the_command_line_is_filled_in_on_this_machine_alone(
    contract: Contract, settings: Settings, host: str, shown: str | None
) -> None:
    app = create_app(contract, settings)
    told = facts(app, Host=host)
    assert told["schemes"]["token"]["token"] == shown


def test_the_page_is_told_what_the_contract_says(app: Any, contract: Contract) -> None:
    told = facts(app)
    (operation,) = told["operations"]
    (known,) = contract.operations
    assert operation["id"] == known.id
    assert [each["name"] for each in operation["parameters"]] == [p.name for p in known.parameters]
    size = next(each for each in operation["parameters"] if each["name"] == "pageSize")
    assert size["allowed"] == "an integer, at least 1, at most 100"
    assert operation["list"]["items"] == ["data", "items"]
    success = next(each for each in operation["responses"] if each["status"] == "200")
    (media,) = success["media"]
    schemas = told["schemas"]
    data = schemas[schemas[media["schema"]]["members"]["data"]]
    item = schemas[schemas[data["members"]["items"]]["element"]]
    assert schemas[item["members"]["postTest"]]["nullable"] is True
    assert "expired" in schemas[item["members"]["status"]]["enum"]
    assert {"COURSE-EMPTY", "COURSE-NONE"} <= {each["name"] for each in told["scenarios"]}
    assert all(each["requirement"] in contract.register for each in told["faults"])


def test_schemas_that_go_round_in_a_circle_are_told_once(root: Path) -> None:
    tracker = load(root / "tests" / "data" / "issue_tracker.yaml")
    told = facts(create_app(tracker, Settings()))
    keys = set(told["schemas"])
    for schema in told["schemas"].values():
        below = [*schema.get("members", {}).values(), *schema.get("options", ())]
        below += [schema[name] for name in ("element", "values") if name in schema]
        assert set(below) <= keys
    assert told["faults"] == []


def served(tmp_path: Path, url: str, *paths: str) -> Any:
    """A stub of a small contract with these paths, at a server of this URL."""
    answer = {"200": {"description": "Fine", "content": {"text/plain": {"example": "mine"}}}}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Small", "version": "1"},
        "servers": [{"url": url}],
        "paths": {path: {"get": {"responses": answer}} for path in paths},
    }
    spec = tmp_path / "small.yaml"
    spec.write_text(yaml.safe_dump(document), encoding="utf-8")
    return create_app(load(spec), Settings())


def test_a_path_of_the_contract_is_the_contracts(tmp_path: Path) -> None:
    app = served(tmp_path, "/", "/", "/-/events")
    assert ask(app, "/").body == ask(app, "/-/events").body == b"mine"
    assert ask(app, "/-/").headers["content-type"].startswith("text/html")
    assert ask(app, "/-/console.json").status == 200


def test_the_address_that_the_stub_prints_leads_to_the_page(tmp_path: Path) -> None:
    app = served(tmp_path, "https://api.example/v2", "/things")
    for target in ("/v2", "/v2/"):
        answer: Answer = ask(app, target)
        assert (answer.status, answer.headers["location"]) == (307, "/")
    assert ask(app, "/").status == 200
    assert ask(app, "/v2/openapi.json").status == 200
    assert facts(app)["base"] == "/v2"
