"""A contract that stands for endless work is served, or refused with a line, within a second."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from ruangkerja.cli import cli
from ruangkerja.mock.app import create_app
from ruangkerja.mock.data.keystream import Draw
from ruangkerja.mock.data.makers.patterns import matching
from ruangkerja.mock.settings import Settings
from ruangkerja.spec.contract import DEFAULT, load
from ruangkerja.spec.documents.problems import SourceError

from ..conftest import USERS, Caller

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LEVELS = 40
Json = dict[str, Any]
STRING: Json = {"type": "string"}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def chain(make: Callable[[Json], Json], last: Json = STRING, levels: int = LEVELS) -> Json:
    """Schemas of which each contains the next one."""
    made = {f"S{n}": make(ref(f"S{n + 1}")) for n in range(levels)}
    return {**made, f"S{levels}": last}


def both(inner: Json) -> Json:
    return {"type": "object", "required": ["a", "b"], "properties": {"a": inner, "b": inner}}


def member(**schema: Any) -> Json:
    return {"S0": {"type": "object", "required": ["x"], "properties": {"x": schema}}}


def serve(folder: Path, schemas: Json) -> Caller:
    """Serve a contract whose one response has the schema S0."""
    content = {"application/json": {"schema": ref("S0")}}
    response = {"description": "a thing", "content": content}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "things", "version": "1"},
        "paths": {"/things": {"get": {"operationId": "things", "responses": {"200": response}}}},
        "components": {"schemas": schemas},
    }
    path = folder / "things.yaml"
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    return Caller(create_app(load(path), Settings()))


REFUSED = {
    "allOf": (chain(lambda r: {"allOf": [r, r]}, {"type": "object"}), "more than 5000 schemas"),
    "oneOf": (chain(lambda r: {"oneOf": [r, r]}), "more than 5000 schemas"),
    "not": (chain(lambda r: {"type": "string", "not": {"anyOf": [r, r]}}), "within each other"),
    "members": (chain(both), "nested more than 16 levels deep"),
    "members and items": (
        chain(lambda r: {"type": "array", "minItems": 1, "items": both(r)}),
        "nested more than 16 levels deep",
    ),
    "items": (
        chain(lambda r: {"type": "array", "minItems": 2, "items": r}),
        "nested more than 16 levels deep",
    ),
    "many members": (
        chain(
            lambda r: {
                "type": "object",
                "required": [f"p{n}" for n in range(20)],
                "properties": {f"p{n}": r for n in range(20)},
            },
            levels=8,
        ),
        "more than 3000 schemas",
    ),
    "references": (chain(lambda r: r, levels=300), "leads through more than 50 others"),
    "itself": ({"S0": {"allOf": [ref("S1")]}, "S1": {"allOf": [ref("S0")]}}, "contains itself"),
    "minItems": (member(type="array", minItems=10**9, items=STRING), "more than 1000000 bytes"),
    "minItems of minItems": (
        member(type="array", minItems=2000, items={"type": "array", "minItems": 2000, "items": {}}),
        "more than 1000000 bytes",
    ),
    "minLength": (member(type="string", minLength=10**30), "more than 1000000 bytes"),
    "minProperties": (
        member(type="object", minProperties=10**8, additionalProperties=STRING),
        "more than 3000 members",
    ),
    "uniqueItems": (
        member(type="array", minItems=100, uniqueItems=True, items={"type": "boolean"}),
        "no valid value can be made",
    ),
    "a pattern that Python cannot read": (
        member(type="string", pattern=r"^\p{Lu}{2}$"),
        "no valid value can be made: /x",
    ),
    "a pattern that nothing has": (
        member(type="string", pattern="^(?!)$"),
        "no valid value can be made",
    ),
}


WARNED = {
    "a pattern that needs memory": (
        member(type="string", pattern="^((((a{100}){100}){100}){100})$"),
        "needs too much memory",
    ),
    "a pattern that cannot be read": (
        member(type="string", pattern=f"{'(' * 2000}a{')' * 2000}"),
        "is not a regular expression",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_not_served_within_a_second_with_its_line(tmp_path: Path, name: str) -> None:
    schemas, why = REFUSED[name]
    begun = time.thread_time()
    call = serve(tmp_path, schemas)
    assert time.thread_time() - begun < 1
    [reason] = call.app.responder.plans.unserved.values()
    assert re.search(rf"things\.yaml:\d+: .*{re.escape(why)}", reason)
    assert call("/things", token=None).status == 501


@pytest.mark.parametrize("name", WARNED)
def test_a_pattern_that_cannot_be_used_is_left_out_with_its_line(tmp_path: Path, name: str) -> None:
    schemas, why = WARNED[name]
    begun = time.thread_time()
    call = serve(tmp_path, schemas)
    assert time.thread_time() - begun < 1
    assert call("/things", token=None).status == 200
    told = "\n".join(map(str, load(tmp_path / "things.yaml").warnings))
    assert re.search(rf"things\.yaml:\d+: .*{re.escape(why)}", told)


SERVED = {
    "levels": chain(lambda r: {"type": "object", "properties": {"a": r}}, levels=200),
    "anyOf": chain(lambda r: {"anyOf": [r, {"type": "object", "properties": {"z": r}}]}),
    "itself": {"S0": {"type": "object", "properties": {name: ref("S0") for name in "abcdefghij"}}},
    "a branch that is itself": {"S0": {"anyOf": [ref("S0"), STRING]}},
    "maxItems": member(type="array", maxItems=10**12, items=STRING),
    "maxLength": member(type="string", maxLength=10**30),
    "a large integer": member(type="integer", minimum=10**400),
    "a password": member(type="string", pattern=r"^(?=.*[A-Z])(?=.*\d).{8,}$"),
    "a longer password": member(
        type="string",
        pattern=r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^\w\s]).{12,64}$",
        minLength=12,
    ),
    "a short password": member(type="string", pattern=r"^(?=.*[A-Z])(?=.*\d)[A-Za-z\d]{8}$"),
    "what does not follow": member(type="string", pattern="^(?!admin)[a-z]{3,8}$"),
    "what comes before": member(type="string", pattern="^[a-z]+(?<=ab)$"),
    "what comes again": member(type="string", pattern=r"^(a|b)\1$"),
    "what backtracks": member(type="string", pattern="^(?=(a+)+$)(a|aa)+b?$"),
}


@pytest.mark.parametrize("name", SERVED)
def test_it_is_served_within_a_second(tmp_path: Path, name: str) -> None:
    begun = time.thread_time()
    served = serve(tmp_path, SERVED[name])("/things", token=None)
    assert (served.status, len(served.body) < 100_000) == (200, True)
    assert time.thread_time() - begun < 1


@pytest.mark.parametrize("pattern", ["a{10001}", "(((((a*)*)*)*)*)*", r"(?=(a{200}){200})b"])
def test_texts_of_a_pattern_are_short(pattern: str) -> None:
    make = matching(pattern)
    assert make is None or len(make(Draw(b""))) <= 10_000


def test_a_page_that_takes_too_much_memory_is_refused(tmp_path: Path) -> None:
    document = yaml.load(DEFAULT.read_text(encoding="utf-8"), yaml.CSafeLoader)
    del document["components"]["parameters"]["pageSize"]["schema"]["maximum"]
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    call = Caller(create_app(load(path), Settings()))
    page = f"{USERS.format('COURSE-TEN-MILLION')}?page=1&pageSize="
    refused = call(f"{page}9000000")
    assert refused.status == 501
    assert "the stub returns at most" in refused.json["detail"]
    assert len(call(f"{page}5000").json["data"]["items"]) == 5000
    assert call(f"{USERS.format('COURSE-HUNDRED')}?page=1&pageSize=9000000").status == 200


@pytest.mark.parametrize(
    ("member_", "schema", "why"),
    [
        ("name", {"pattern": r"^\p{Lu}{2}$"}, "no valid value can be made: /user/name"),
        ("name", {"minLength": 10**9}, "more than 1000000 bytes"),
        ("serial", {"minLength": 10**9}, "more than 1000000 bytes"),
        ("serial", {"minLength": 1000}, "more than 512 characters"),
        ("serial", {"maxLength": 1}, "fewer than 256 keys"),
        ("serial", {"pattern": r"^(?=.*\d).{8,}$"}, "is not valid here"),
    ],
)
def test_rows_that_cannot_be_made_are_refused_with_the_line(
    tmp_path: Path, member_: str, schema: Json, why: str
) -> None:
    document = yaml.load(DEFAULT.read_text(encoding="utf-8"), yaml.CSafeLoader)
    document["components"]["schemas"]["User"]["properties"][member_] = {"type": "string", **schema}
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    with pytest.raises(SourceError, match=rf"openapi\.json:\d\d+: .*{re.escape(why)}"):
        create_app(load(path), Settings())
    done = CliRunner().invoke(cli, ["sample", "--spec", str(path)])
    assert done.exit_code == 2 or member_ == "serial"
    assert done.exit_code != 2 or "openapi.json:" in done.stderr
