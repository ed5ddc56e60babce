from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.conformance.http.exchange import Exchange, Request, Response
from ruangkerja.conformance.privacy.pseudonymizer import Pseudonymizer, key_of

if TYPE_CHECKING:
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
    assert said["detail"].endswith(", Sitirahma")
    assert "EMPLY001" not in str(exchange)
    assert "Siti Rahma" not in pseudonymizer.text('got "Siti Rahma"')


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
        return {name: outline(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [outline(inner) for inner in value]
    return (type(value), not value, len(value)) if isinstance(value, str) else type(value)


@given(JSON, st.booleans())
def test_every_body_keeps_its_outline(contract: Contract, value: Any, ascii_only: bool) -> None:
    pseudonymizer = Pseudonymizer(contract, "/api", b"key")
    body = json.dumps(page(row(extra=value)), ensure_ascii=ascii_only).encode()
    found = json.loads(shown(pseudonymizer, body))
    assert outline(found) == outline(json.loads(body))
