from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.conformance.http.exchange import Exchange, Failure, FailureKind, Request, Response
from ruangkerja.conformance.privacy.pseudonymizer import Pseudonymizer, key_of
from ruangkerja.spec.contract import load

if TYPE_CHECKING:
    from pathlib import Path

    from ruangkerja.spec.contract import Contract

PATH = b"/api/ruangkerja/dashboard/courses/C-100/online/users?page=1&pageSize=10"


@pytest.fixture
def pseudonymizer(contract: Contract) -> Pseudonymizer:
    return Pseudonymizer(contract, "/api", key_of(contract, "https://staging.example/api", "token"))


def answered(body: bytes, status: int = 200, headers: Any = ()) -> Exchange:
    response = Response(status, "", "HTTP/1.1", headers, body, len(body))
    return Exchange(1, Request("GET", PATH), response, None, 0.0, 0.0)


def shown(pseudonymizer: Pseudonymizer, body: bytes, status: int = 200) -> bytes:
    response = pseudonymizer.exchange(answered(body, status)).response
    assert response is not None
    return response.body


def row(**members: Any) -> dict[str, Any]:
    user = {"serial": "JOHNILXV3QAJJEL3", "name": "Siti Rahma", "employeeID": "EMPLY001"}
    return {
        "user": {**user, **members.pop("user", {})},
        "postTest": None,
        "preTest": 40.5,
        "timeSpent": 873,
        "lastAccessMission": "2022-07-22T01:00:00.000Z",
        "completedAt": "2022-07-22",
        "status": "completed",
        **members,
    }


def page(*rows: Any, **data: Any) -> dict[str, Any]:
    data = {"currentPage": 1, "totalItems": 2, "totalPage": 1, "items": list(rows), **data}
    return {"status": "success", "message": "Success", "data": data}


def test_personal_values_are_replaced_and_all_others_stay(pseudonymizer: Pseudonymizer) -> None:
    body = page(row(), row(user={"name": ""}))
    found = json.loads(shown(pseudonymizer, json.dumps(body).encode()))
    users = [item.pop("user") for item in found["data"]["items"]]
    for item in body["data"]["items"]:
        del item["user"]
    assert found == body
    assert users[0]["serial"] == users[1]["serial"] != "JOHNILXV3QAJJEL3"
    assert re.fullmatch("[A-Z]{8}[A-Z][0-9][A-Z]{5}[0-9]|[A-Z0-9]{16}", users[0]["serial"])
    assert re.fullmatch("[A-Z][a-z]{3} [A-Z][a-z]{4}", users[0]["name"])
    assert users[0]["name"] != "Siti Rahma"
    assert users[1]["name"] == ""


def test_the_layout_of_a_body_stays(pseudonymizer: Pseudonymizer) -> None:
    text = (
        '\ufeff{ "data" :\n {"items":[ {"user":{"name":"Siti","name":"Siti"},"preTest":NaN} ]}}\r\n'
    )
    found = shown(pseudonymizer, text.encode()).decode()
    assert re.sub('"name":"[A-Z][a-z]{3}"', '"name":"Siti"', found) == text
    assert "Siti" not in found


def test_a_wrong_type_stays_the_wrong_type(pseudonymizer: Pseudonymizer) -> None:
    values = [17, 0, True, None, ["Siti"], {"first": "Siti"}, 4.5]
    body = page(*(row(user={"name": value}) for value in values))
    text = shown(pseudonymizer, json.dumps(body).encode()).decode()
    names = [item["user"]["name"] for item in json.loads(text)["data"]["items"]]
    assert [type(name) for name in names] == [type(value) for value in values]
    assert names[1:4] == [0, True, None]
    assert "Siti" not in text


def test_what_the_contract_does_not_describe_is_not_shown(pseudonymizer: Pseudonymizer) -> None:
    body = page(row(email="siti@example.com", phone=62812345678), owner="Siti Rahma")
    text = shown(pseudonymizer, json.dumps({**body, "more": ["Siti Rahma"]}).encode()).decode()
    assert "siti" not in text.lower()
    assert "62812345678" not in text
    assert re.search(r'"email": "[a-z]{4}@[a-z]{7}\.[a-z]{3}"', text)


@pytest.mark.parametrize("data", ["Siti Rahma;EMPLY001", ["Siti Rahma"], [["Siti Rahma"]]])
def test_rows_in_another_form_are_not_shown(pseudonymizer: Pseudonymizer, data: Any) -> None:
    for body in (page(items=data), {"data": data}, data):
        assert b"Siti" not in shown(pseudonymizer, json.dumps(body).encode())


def test_a_body_that_was_encoded_twice_is_read_twice(pseudonymizer: Pseudonymizer) -> None:
    body = json.dumps(json.dumps(page(row())))
    found = shown(pseudonymizer, body.encode())
    assert b"Siti" not in found
    assert json.loads(json.loads(found))["data"]["items"][0]["status"] == "completed"


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b'{"data": [{"name": "Siti', "{("),
        (b"<html>Siti", "<("),
        (b'{"name": "Siti \xff"}', "{("),
        (b"Siti", "("),
    ],
)
def test_a_body_that_is_no_json_is_cut_to_its_first_marks(
    pseudonymizer: Pseudonymizer, body: bytes, left: str
) -> None:
    found = shown(pseudonymizer, body).decode()
    assert found == f"{left}{len(body)} bytes, no JSON; --show-data shows them)"


@pytest.mark.parametrize("body", [b"", b" \n", b"[]", b"null", b"true"])
def test_a_body_that_says_nothing_stays(pseudonymizer: Pseudonymizer, body: bytes) -> None:
    assert shown(pseudonymizer, body) == body


def test_names_are_found_in_errors_headers_and_texts(pseudonymizer: Pseudonymizer) -> None:
    pseudonymizer.learn([answered(json.dumps(page(row())).encode())])
    error = {"errorCode": 1, "message": "Siti Rahma is no member", "detail": "EMPLY001, Sitirahma"}
    exchange = pseudonymizer.exchange(
        answered(json.dumps(error).encode(), 403, (("X-Who", "EMPLY001"),))
    )
    assert exchange.response is not None
    said = json.loads(exchange.response.body)
    assert said["errorCode"] == 1
    assert said["message"].endswith(" is no member")
    assert "Sitirahma" not in said["detail"]
    assert "EMPLY001" not in str(exchange)
    assert "Siti Rahma" not in pseudonymizer.text('got "Siti Rahma"')


@pytest.mark.parametrize(
    ("change", "personal"),
    [
        ({"status": "Siti Rahma", "user": {"name": "completed"}}, "Siti|Rahma"),
        ({"status": 62812345678}, "62812345678"),
        ({"lastAccessMission": "Siti Rahma"}, "Siti|Rahma"),
        ({"timeSpent": "Siti"}, "Siti"),
        ({"Siti Rahma": 1}, "Siti|Rahma"),
        ({"siti_rahma": {"nick": "sari"}}, "siti|rahma|sari"),
        ({"user": {"EMPLY0017": {"x": 1}}}, "EMPLY0017"),
    ],
)
def test_what_is_not_known_to_be_harmless_is_replaced_in_rows(
    pseudonymizer: Pseudonymizer, change: dict[str, Any], personal: str
) -> None:
    text = shown(pseudonymizer, json.dumps(page(row(**change))).encode()).decode()
    assert re.search(personal, text) is None, text
    assert '"timeSpent"' in text
    assert '"user"' in text


def test_names_of_members_that_are_known_words_stay(pseudonymizer: Pseudonymizer) -> None:
    members = {"email": "", "employee_id": "", "firstName": "", "createdAt": "", "traceId": ""}
    text = shown(pseudonymizer, json.dumps(page(row(**members))).encode()).decode()
    assert all(f'"{name}"' in text for name in members)


HEADERS = (
    ("Content-Type", "application/json; charset=utf-8; user=Siti"),
    ("Cache-Control", "no-store, max-age=60"),
    ("Date", "Thu, 26 Nov 2026 19:00:00 GMT"),
    ("X-User", "Siti Rahma"),
    ("X-User-Number", "17"),
    ("X-Siti", "1"),
    ("Location", "https://app.example/users/siti.rahma?name=Siti+Rahma&page=2&token=***#Rahma"),
    ("X-Cache", "miss"),
    ("X-Request-Id", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"),
    ("WWW-Authenticate", 'Basic realm="Siti"'),
    ("ETag", 'W/"siti-1"'),
    ("Content-Type", "text/plain; charset=Siti"),
)


def test_reasons_headers_and_addresses_name_nobody(pseudonymizer: Pseudonymizer) -> None:
    response = Response(403, "No Siti Rahma", "HTTP/1.1", HEADERS, b"", 0)
    found = pseudonymizer.exchange(Exchange(1, Request("GET", PATH), response, None, 0.0, 0.0))
    assert found.response is not None
    assert re.search("(?i)siti|rahma|17'", repr(found.response)) is None
    assert found.response.reason.startswith("No ")
    headers = found.response.headers
    assert headers[0][1].startswith("application/json; charset=utf-8; user=")
    assert [headers[index] for index in (1, 2, 7, 8)] == [HEADERS[index] for index in (1, 2, 7, 8)]
    assert headers[9][1].startswith('Basic realm="')
    address = dict(headers)["Location"]
    assert address.startswith("https://app.example/users/")
    assert "&page=2&token=***#" in address


def test_the_phrases_of_statuses_and_the_words_of_errors_stay(
    pseudonymizer: Pseudonymizer,
) -> None:
    message = "rpc error: code = InvalidArgument desc = pageSize must be at most 100, got 101"
    body = json.dumps({"errorCode": 3, "message": message, "detail": "Kursus tidak ditemukan"})
    response = Response(404, "Not Found", "HTTP/1.1", (), body.encode(), 9)
    found = pseudonymizer.exchange(Exchange(1, Request("GET", PATH), response, None, 0.0, 0.0))
    assert found.response is not None
    assert found.response.reason == "Not Found"
    assert json.loads(found.response.body)["message"] == message
    assert json.loads(found.response.body)["detail"].endswith(" tidak ditemukan")


def test_a_message_about_a_response_quotes_nobody(pseudonymizer: Pseudonymizer) -> None:
    message = "The response is not valid HTTP: illegal header line 'X-User Siti Rahma'"
    failure = Failure(FailureKind.MALFORMED, message)
    found = pseudonymizer.exchange(Exchange(1, Request("GET", PATH), None, failure, 0.0, 0.0))
    assert found.failure is not None
    assert found.failure.message.startswith("The response is not valid HTTP: ")
    assert "Siti" not in found.failure.message


def test_requests_of_others_name_nobody_either(contract: Contract) -> None:
    headers = (("X-User", "Siti"), ("Referer", "/x?q=Siti"), ("Authorization", "$RUANGKERJA_TOKEN"))
    query = b"&page=Siti&page=1234&search=Siti+Rahma"
    request = Request("POST", PATH + query, headers, b'{"name": "Siti"}')
    response = Response(200, "OK", "HTTP/1.1", (), b"", 0)
    exchange = Exchange(1, request, response, None, 0.0, 0.0)
    own = Pseudonymizer(contract, "/api", b"key")
    others = Pseudonymizer(contract, "/api", b"key", passive=True)
    assert own.exchange(exchange).request == request
    found = others.exchange(exchange).request
    assert "Siti" not in repr(found)
    assert found.target.startswith(PATH + b"&page=")
    assert b"&page=1234&search=" in found.target
    assert found.headers[2] == headers[2]


def test_values_of_a_schema_that_says_nothing_are_replaced(tmp_path: Path) -> None:
    spec = tmp_path / "openapi.yaml"
    spec.write_text(
        "openapi: 3.0.3\ninfo: {title: x, version: '1'}\npaths:\n  /things:\n    get:\n"
        "      operationId: things\n      responses:\n        '200':\n          description: x\n"
        "          content:\n            application/json:\n              schema:\n"
        "                type: object\n"
        "                properties: {note: {}, count: {type: integer}}\n"
        "                additionalProperties: {type: string}\n"
    )
    pseudonymizer = Pseudonymizer(load(spec), "", b"key")
    body = b'{"note": "Siti", "count": 3, "more": "Rahma"}'
    request = Request("GET", b"/things")
    response = Response(200, "OK", "HTTP/1.1", (), body, len(body))
    found = pseudonymizer.exchange(Exchange(1, request, response, None, 0.0, 0.0)).response
    assert found is not None
    assert re.search(b"Siti|Rahma", found.body) is None
    assert b'"count": 3' in found.body


def test_names_are_learned_from_bodies_that_are_odd_json(pseudonymizer: Pseudonymizer) -> None:
    twice = json.dumps(page(row())).replace('"name"', '"name": "Budi Santoso", "name"', 1)
    encoded = json.dumps(json.dumps(page(row(user={"name": "Citra Dewi"}))))
    pseudonymizer.learn([answered(twice.encode()), answered(encoded.encode())])
    for name in ("Budi Santoso", "Siti Rahma", "Citra Dewi"):
        assert name not in pseudonymizer.text(f"no user {name}")


def test_the_words_of_the_contract_are_never_taken_for_names(pseudonymizer: Pseudonymizer) -> None:
    pseudonymizer.learn([answered(json.dumps(page(row(user={"name": "completed"}))).encode())])
    assert pseudonymizer.text("status is completed") == "status is completed"


def test_the_key_is_of_the_contract_the_target_and_the_token(contract: Contract) -> None:
    key = key_of(contract, "https://one.example", "a token")
    assert key == key_of(contract, "https://one.example", "a token")
    assert key != key_of(contract, "https://other.example", "a token")
    assert key != key_of(contract, "https://one.example", "another token")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def outline(value: Any) -> Any:
    if isinstance(value, dict):
        return [(len(name), outline(inner)) for name, inner in value.items()]
    if isinstance(value, list):
        return [outline(inner) for inner in value]
    return (type(value), not value, len(value)) if isinstance(value, str) else type(value)


@given(JSON, st.booleans())
def test_every_body_keeps_its_outline(contract: Contract, value: Any, ascii_only: bool) -> None:
    pseudonymizer = Pseudonymizer(contract, "/api", b"key")
    body = json.dumps(page(row(extra=value)), ensure_ascii=ascii_only).encode()
    found = json.loads(shown(pseudonymizer, body))
    assert outline(found) == outline(json.loads(body))
