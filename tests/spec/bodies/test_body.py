"""Bodies: each value is written by its media type, and read again as the same value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ruangkerja.spec.bodies.body import BodyError, read, write
from ruangkerja.spec.model.media import Media, RequestBody
from ruangkerja.spec.parameters import UnwritableError
from ruangkerja.spec.parameters.shape import Shape
from ruangkerja.spec.schemas.schemas import Schemas

ARRAY = {"type": "array", "items": {"type": "string"}}
UPLOAD = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "size": {"type": "integer"},
        "open": {"type": "boolean"},
        "tags": ARRAY,
        "owner": {"type": "object", "properties": {"id": {"type": "integer"}}},
        "rows": {"type": "array", "items": {"type": "object"}},
        "file": {"type": "string", "format": "binary"},
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
    },
}
JSON, FORM, MULTIPART = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
)
text = st.text(max_size=12)
objects = st.fixed_dictionaries(
    {"name": text},
    optional={
        "size": st.integers(),
        "open": st.booleans(),
        "tags": st.lists(text, min_size=1, max_size=3),
        "owner": st.fixed_dictionaries({"id": st.integers()}),
        "rows": st.lists(st.dictionaries(text, st.none() | text), min_size=1, max_size=2),
        "file": text,
        "files": st.lists(text, min_size=1, max_size=2),
        "other": text,
    },
)


def media(kind: str, schema: dict[str, Any], **encoding: Any) -> Media:
    shape = Shape(Schemas({"schema": schema}), ("schema",))
    return Media(kind, None, {}, shape, encoding)


@pytest.mark.parametrize("kind", [JSON, "application/merge-patch+json", FORM, MULTIPART])
@settings(max_examples=60)
@given(value=objects)
def test_an_object_that_is_written_is_read_again(kind: str, value: dict[str, Any]) -> None:
    own = media(kind, UPLOAD)
    found = read(own, *write(own, value))
    assert found.judged
    assert found.value == value


@pytest.mark.parametrize("kind", ["text/plain", "text/csv", "application/octet-stream", "image/*"])
@settings(max_examples=30)
@given(value=text)
def test_a_text_that_is_written_is_read_again(kind: str, value: str) -> None:
    own = media(kind, {"type": "string"})
    assert read(own, *write(own, value)) == (value, True)


def test_a_form_is_written_as_openapi_shows_it() -> None:
    deep = {"owner": {"style": "deepObject", "explode": True}, "tags": {"explode": False}}
    value = {"name": "a b&c", "tags": ["x", "y,z"], "owner": {"id": 7}}
    plain, styled = media(FORM, UPLOAD), media(FORM, UPLOAD, **deep)
    assert write(plain, value) == (
        FORM,
        b"name=a%20b%26c&tags=x&tags=y%2Cz&owner=%7B%22id%22%3A7%7D",
    )
    assert write(styled, value) == (FORM, b"name=a%20b%26c&tags=x,y%2Cz&owner%5Bid%5D=7")
    assert read(plain, FORM, b"name=a+b&size=ten&tags=x").value == {
        "name": "a b",
        "size": "ten",
        "tags": ["x"],
    }


def test_multipart_is_written_as_openapi_shows_it() -> None:
    kind, data = write(
        media(MULTIPART, UPLOAD, file={"contentType": "image/*"}),
        {"name": "Siti", "owner": {"id": 7}, "file": "\x00\xff", "files": ["a"]},
    )
    boundary = kind.removeprefix("multipart/form-data; boundary=")
    assert data.decode() == (
        f'--{boundary}\r\nContent-Disposition: form-data; name="name"\r\n\r\nSiti\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="owner"\r\n'
        'Content-Type: application/json\r\n\r\n{"id": 7}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
        "Content-Type: image/png\r\n\r\n\x00\xff\r\n"
        f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="file"\r\n'
        f"Content-Type: application/octet-stream\r\n\r\na\r\n--{boundary}--\r\n"
    )


def test_bytes_that_are_no_text_have_a_character_each() -> None:
    data = bytes(range(256))
    body = b'--b\r\ncontent-disposition: form-data; name=file; filename="x"\r\n\r\n%b\r\n--b--'
    own = media(MULTIPART, UPLOAD)
    found = read(own, 'multipart/form-data; charset=utf-8; boundary="b"', body % data)
    assert found.value == {"file": data.decode("latin-1")}


@pytest.mark.parametrize(
    ("kind", "body", "says"),
    [
        (JSON, b"{", "is not JSON"),
        (JSON, b'{"a": NaN}', "NaN is not a JSON number"),
        (JSON, b"[" * 100_000, "nested too deeply"),
        (MULTIPART, b"--b--", "no boundary"),
        (f"{MULTIPART}; boundary=b", b"", "last boundary is missing"),
        (f"{MULTIPART}; boundary=b", b"--b\r\n\r\n--b--", "no name"),
        (f"{MULTIPART}; boundary=b", b"--b\r\n" * 1100, "more than 1000 parts"),
        (FORM, b"a&" * 1100, "more than 1000 names"),
    ],
)
def test_a_body_of_another_form_is_refused(kind: str, body: bytes, says: str) -> None:
    with pytest.raises(BodyError, match=says):
        read(media(kind, UPLOAD), kind, body)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FORM, [1]),
        (FORM, {"tags": [None]}),
        (MULTIPART, {}),
        (MULTIPART, {"tags": []}),
        ("application/xml", {"name": "a"}),
        ("text/plain", "\ud800"),
        (JSON, float("nan")),
    ],
)
def test_what_would_be_read_as_another_value_is_not_written(kind: str, value: Any) -> None:
    with pytest.raises(UnwritableError):
        write(media(kind, UPLOAD), value)


def test_xml_is_sent_as_it_is_and_not_judged() -> None:
    own = media("application/xml", UPLOAD)
    assert write(own, "<name/>") == ("application/xml", b"<name/>")
    assert read(own, "application/xml", b"<name/>") == (None, False)


def test_a_media_type_is_found_by_its_name_or_its_range() -> None:
    kinds = ("text/*", "application/json; charset=utf-8", "*/*")
    every = {kind: media(kind, {}) for kind in kinds}
    body = RequestBody(required=False, media=every)
    assert body.media_for("Application/JSON") is every["application/json; charset=utf-8"]
    assert body.media_for("text/csv; header=present") is every["text/*"]
    assert body.media_for("image/png") is every["*/*"]
    assert body.media_for("") is every["application/json; charset=utf-8"]
    assert RequestBody(required=False, media={}).media_for("text/csv") is None


@pytest.mark.parametrize("kind", [FORM, MULTIPART])
def test_a_form_leaves_out_what_is_null_or_empty(kind: str) -> None:
    deep = {"style": "deepObject", "explode": True}
    own = media(kind, {**UPLOAD, "required": ["tags", "name"]}, owner=deep)
    value = {"name": "a", "tags": [], "size": None, "files": []}
    assert read(own, *write(own, value)).value == {"name": "a", "tags": []}
    assert b"owner" not in write(media(FORM, UPLOAD, owner=deep), {**value, "owner": {}}).data
