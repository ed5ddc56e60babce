"""A mistake in a contract is named: the file, the line, what is wrong, what is right."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ruangkerja.spec import register as registers
from ruangkerja.spec.contract import load, read
from ruangkerja.spec.documents.problems import SourceError
from ruangkerja.spec.documents.source import Source

if TYPE_CHECKING:
    from .conftest import ReadContract


@dataclass(frozen=True)
class Mistake:
    """An edit of the built-in contract, and the message of its error.

    `line` is text of the line that is named, the first one with it in the edited file.
    """

    old: str
    new: str
    line: str
    says: tuple[str, ...]


USERS = "/ruangkerja/dashboard/courses/{courseSerial}/online/users"
MISTAKES = {
    "another version": Mistake(
        "openapi: 3.0.3",
        "openapi: 4.0.0",
        "openapi: 4.0.0",
        ("is OpenAPI 4.0.0; the versions 3.0, 3.1, 3.2 are supported",),
    ),
    "a name twice": Mistake(
        "  version: 1.0.0\n",
        "  version: 1.0.0\n  version: 2.0.0\n",
        "version: 2.0.0",
        ("'version' stands twice, first in line ",),
    ),
    "a type that does not exist": Mistake(
        "type: integer\n        format: int32",
        "type: int\n        format: int32",
        "type: int\n",
        ('"int" is not one of "array", "boolean"',),
    ),
    "a bound that is no number": Mistake(
        "maximum: 100", "maximum: '100'", "maximum: '100'", ('"100" is not of type "number"',)
    ),
    "a pattern that is no pattern": Mistake(
        "minLength: 1\n      example: COURSE",
        "pattern: '['\n      example: COURSE",
        "pattern: '['",
        ('"[" is not a "regex"',),
    ),
    "an enum that is no list": Mistake(
        "enum: [success]", "enum: success", "enum: success", ('is not of type "array"',)
    ),
    "nullable without a type": Mistake(
        "          type: number\n          format: float\n          nullable: true",
        "          nullable: true",
        "nullable: true",
        ("nullable has no effect without a type",),
    ),
    "a method of another library for data": Mistake(
        "x-faker: name\n",
        "x-faker: person.fullName\n",
        "person.fullName",
        ('x-faker has "person.fullName", which is a method of another library; it is ignored',),
    ),
    "a reference that leads nowhere": Mistake(
        "$ref: '#/components/schemas/UserStatus'",
        "$ref: '#/components/schemas/UserState'",
        "schemas/UserState'",
        ("UserState' leads nowhere. Did you mean '#/components/schemas/UserStatus'?",),
    ),
    "a reference to another file": Mistake(
        "$ref: '#/components/schemas/UserStatus'",
        "$ref: 'user.yaml#/UserStatus'",
        "user.yaml",
        ("leads to a file that cannot be used: user.yaml:1: cannot be read",),
    ),
    "a reference in a circle": Mistake(
        "    UserStatus:\n      type: string",
        "    UserStatus:\n      $ref: '#/components/schemas/UserStatus'\n      type: string",
        "$ref: '#/components/schemas/UserStatus'\n      type",
        ("leads in a circle",),
    ),
    "a path that does not begin with a slash": Mistake(
        f"  {USERS}:", f"  {USERS[1:]}:", USERS[1:], (f"'{USERS[1:]}' is no member of /paths",)
    ),
    "a path parameter that is not in the path": Mistake(
        "{courseSerial}/online/users:",
        "{course}/online/users:",
        "    get:",
        (
            "the path has {course}, and no path parameter of that name",
            "the path parameter courseSerial is not in the path",
        ),
    ),
    "a path with a parameter twice": Mistake(
        "{courseSerial}/online/users:",
        "{courseSerial}/online/{courseSerial}:",
        "{courseSerial}/online/{courseSerial}:",
        ("the path has {courseSerial} more than once",),
    ),
    "an operationId twice": Mistake(
        "components:\n  securitySchemes",
        "  /other:\n    post:\n      operationId: listOnlineCourseUsers\n"
        "      responses: {'200': {description: A}}\ncomponents:\n  securitySchemes",
        "      operationId: listOnlineCourseUsers\n      responses",
        (f"'listOnlineCourseUsers' stands twice, first at {USERS}",),
    ),
    "a security scheme that is not there": Mistake(
        *("  - token: []", "  - tokens: []", "security:\n  - tokens", ("'tokens' is not under",)),
    ),
    "a server that is no URL": Mistake(
        *("url: https://api.ruangkerja.id", "url: 'https://[api'", "servers:", ("cannot be used",)),
    ),
    "a requirement that is not in the register": Mistake(
        "x-requirement: ENV-05",
        "x-requirement: ENV-99",
        "x-requirement: ENV-99",
        ("requirement 'ENV-99' is not in the register", "Add it to", "requirements.yaml"),
    ),
    "a requirement that is a list": Mistake(
        "x-requirement: ENV-05",
        "x-requirement: [ENV-05]",
        "x-requirement: [ENV-05]",
        ("expected an id, or an object of conditions with an id each",),
    ),
    "a condition that does not exist": Mistake(
        "        missing: PARAM-01",
        "        absent: PARAM-01",
        "absent: PARAM-01",
        ("the condition 'absent' does not exist here", "Allowed are missing, malformed, "),
    ),
    "a condition that its requirement does not have as an aspect": Mistake(
        "        missing: PARAM-01",
        "        missing: PARAM-03",
        "missing: PARAM-03",
        (
            "requirement 'PARAM-03' does not have the aspect parameter.missing",
            "Add the aspect to PARAM-03 in ",
        ),
    ),
    "a condition on a schema": Mistake(
        "x-requirement: ENV-05",
        "x-requirement: {missing: ENV-05}",
        "x-requirement: {missing: ENV-05}",
        ("the condition 'missing' does not exist here", "Allowed are value, bounds"),
    ),
    "bounds of a schema that has none": Mistake(
        "x-requirement: ENV-05",
        "x-requirement: {bounds: ENV-05}",
        "x-requirement: {bounds: ENV-05}",
        ("bounds needs a minimum or a maximum in the schema",),
    ),
    "a page size that is no parameter": Mistake(
        "        size: pageSize",
        "        size: perPage",
        "        size: perPage",
        ("size: 'perPage' is no integer parameter", "here are page, pageSize"),
    ),
    "a page size that is no number": Mistake(
        "        size: pageSize",
        "        size: courseSerial",
        "        size: courseSerial",
        ("'courseSerial' is no integer parameter",),
    ),
    "a page size of 0": Mistake(
        "minimum: 1\n        maximum: 100",
        "minimum: 0\n        maximum: 100",
        "minimum: 0\n        maximum: 100",
        ("pageSize can be less than 1, but is the size of x-pagination", "at least 1 item"),
    ),
    "pages without a first one": Mistake(
        "format: int64\n        minimum: 1\n      example: 1\n",
        "format: int64\n      example: 1\n",
        "      schema:\n        type: integer\n        format: int64\n      example: 1\n",
        ("page can be less than 1, but is the page of x-pagination", "counted from 1"),
    ),
    "a page size that nothing gives": Mistake(
        "      name: pageSize\n      in: query\n      required: true\n",
        "      name: pageSize\n      in: query\n",
        "      schema:\n        type: integer\n        format: int32\n        minimum: 1\n",
        ("pageSize can be missing, but is the size of x-pagination", "add a default"),
    ),
    "items that the body has not": Mistake(
        "items: /data/items",
        "items: /data/users",
        "items: /data/users",
        ("items is /data/users, which is not in the success schema",),
    ),
    "a key that an item has not": Mistake(
        "key: /user/serial", "key: /user/id", "key: /user/id", ("key is /user/id, which",)
    ),
    "paging without items": Mistake(
        "        items: /data/items\n",
        "",
        "      x-pagination:",
        ("the member items is missing. Required: items and key",),
    ),
    "paging with a member that is misspelled": Mistake(
        "        oversize: reject",
        "        overSize: reject",
        "        overSize:",
        ("unknown member 'overSize'. Did you mean oversize?", "more, oversize, pastEnd"),
    ),
    "paging by a policy that does not exist": Mistake(
        "oversize: reject",
        "oversize: cut",
        "oversize: cut",
        ('oversize is "cut"; expected one of "reject", "clamp"',),
    ),
    "paging that is text": Mistake(
        "      x-pagination:\n",
        "      x-pagination: yes please\n      x-other:\n",
        "x-pagination: yes please",
        ('x-pagination is "yes please"; expected an object',),
    ),
    "headers that are a list": Mistake(
        "      x-required-headers:\n",
        "      x-required-headers: [Accept]\n      x-other:\n",
        "x-required-headers: [Accept]",
        ("x-required-headers is an array of 1; expected an object",),
    ),
    "a header without its value": Mistake(
        "          value: application/json\n          description: >-\n            The format",
        "          description: >-\n            The format",
        "        Accept:",
        ("the member value is missing. Required: value; optional: description",),
    ),
    "an example of nothing that is no text": Mistake(
        "x-unknown: COURSE-NONE",
        "x-unknown: 5",
        "x-unknown: 5",
        ("x-unknown is 5; expected text that is not empty. Put it in quotes",),
    ),
    "a law that is not CEL": Mistake(
        "when: self.status == 'completed'",
        "when: self.status ==",
        "          when: self.status ==\n",
        ("when is not a CEL expression", "Syntax error"),
    ),
    "a law for no known case": Mistake(
        "when: self.status == 'completed'",
        "when: true",
        "when: true",
        ("when is true; expected an expression in CEL. Put it in quotes",),
    ),
    "a law about what it cannot know": Mistake(
        "when: self.status == 'completed'",
        "when: item.status == 'completed'",
        "          when: item.status",
        ("when names item; a law knows self and request",),
    ),
    "a law that reads what it does not declare": Mistake(
        "reads: [/status, /timeSpent]",
        "reads: [/status]",
        "          rule: self.timeSpent == 0",
        ("rule reads more than reads declares, which is self.status",),
    ),
    "a law that declares what it does not read": Mistake(
        "reads: [/status, /timeSpent]",
        "reads: [/status, /timeSpent, /preTest, request.page]",
        "          reads: [/status, /timeSpent, /preTest, request.page]",
        ("reads declares '/preTest', 'request.page', which when and rule do not read",),
    ),
    "a law that does not declare what it reads": Mistake(
        "          reads: [/status, /timeSpent]\n",
        "",
        "        - requirement: ITEM-14",
        ("the member reads is missing. Required: reads, rule and message",),
    ),
    "a law that is text": Mistake(
        "        - requirement: ITEM-10",
        "        - completed has a date\n        - requirement: ITEM-10",
        "- completed has a date",
        ("expected a law",),
    ),
    "a law with a member that is misspelled": Mistake(
        "          messageExpression: >-\n            'status is completed",
        "          messageExpresion: >-\n            'status is completed",
        "          messageExpresion:",
        ("unknown member 'messageExpresion'. Did you mean messageExpression?",),
    ),
    "a law of a requirement that is not in the register": Mistake(
        "        - requirement: ITEM-10",
        "        - requirement: ITEM-99",
        "        - requirement: ITEM-99",
        ("requirement 'ITEM-99' is not in the register",),
    ),
    "a law on an answer": Mistake(
        "    NotFound:\n",
        "    NotFound:\n      x-validations: [{reads: [], rule: 'true', message: Fine}]\n",
        "x-validations: [{",
        ("has no effect here; it belongs on a schema",),
    ),
    "a law on a branch": Mistake(
        """          x-expected: '"" or a date YYYY-MM-DD'\n""",
        """          x-expected: '"" or a date YYYY-MM-DD'\n"""
        "          anyOf:\n"
        "            - type: string\n"
        "              x-validations: [{reads: [], rule: 'true', message: Fine}]\n",
        "x-validations: [{",
        ("has no effect below anyOf; put it on the schema that has anyOf",),
    ),
    "an error without a form": Mistake(
        "        template: 'rpc error: code = {code} desc = {text}'\n",
        "",
        "      x-error-code:",
        ("the member template is missing. Required: member, template and pattern",),
    ),
    "an error with a member the body has not": Mistake(
        "member: /message", "member: /text", "member: /text", ("which is not in the error schema",)
    ),
    "a form that is no pattern": Mistake(
        "pattern: '^rpc error",
        "pattern: '(^rpc error",
        "      x-error-code:",
        ("unterminated subpattern",),
    ),
    "a form that does not show the code": Mistake(
        "pattern: '^rpc error: code = ([A-Za-z]+) desc = '",
        "pattern: '^rpc error: code = [A-Za-z]+ desc = '",
        "pattern: '^rpc error",
        ("pattern does not find 'PermissionDenied' again", "Its first group is the code"),
    ),
    "a form with a place for something else": Mistake(
        "{code} desc = {text}'\n",
        "{code} desc = {why}'\n",
        "      x-error-code:",
        ("template has a place for 'why'; it may have {code} and {text}",),
    ),
    "statuses that are no list": Mistake(
        "NotFound: [404, 410]",
        "NotFound: 404",
        "NotFound: 404",
        ("NotFound is 404; expected a list of HTTP statuses",),
    ),
}


WARNINGS = {
    "a security scheme that is not there",
    "a server that is no URL",
    "a bound that is no number",
    "a pattern that is no pattern",
    "an enum that is no list",
    "a reference that leads nowhere",
    "a reference in a circle",
    "a path that does not begin with a slash",
    "a path parameter that is not in the path",
    "a path with a parameter twice",
    "an operationId twice",
    "a method of another library for data",
}
"""Mistakes that a contract is used with."""


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_with_its_line_and_what_is_right(name: str, built_in: str) -> None:
    mistake = MISTAKES[name]
    assert mistake.old in built_in
    text = built_in.replace(mistake.old, mistake.new, 1)
    line = text[: text.index(mistake.line)].count("\n") + 1

    message, refused = "", False
    try:
        contract = read(Source.parse(text.encode(), Path("contract.yaml")), registers.load())
        message = "\n".join(map(str, contract.warnings))
    except SourceError as error:
        message, refused = str(error), True

    assert refused is (name not in WARNINGS), message
    assert f"contract.yaml:{line}: " in message, message
    for words in mistake.says:
        assert words in message


def test_every_mistake_of_a_kind_is_told_in_the_order_of_the_file(built_in: str) -> None:
    text = built_in.replace("x-requirement: ENV-05", "x-requirement: ENV-97")
    text = text.replace("size: pageSize", "size: perPage")
    with pytest.raises(SourceError) as caught:
        read(Source.parse(text.encode(), Path("contract.yaml")), registers.load())
    problems = caught.value.problems
    assert [problem.what.split(":")[0] for problem in problems] == [
        "size",
        "requirement 'ENV-97' is not in the register",
    ]
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a\n", "1: is not an OpenAPI document: the member openapi is missing. Begin it with"),
        ("swagger: '2.0'\n", "1: is Swagger 2.0, which came before OpenAPI 3"),
        ("openapi: 3.0.3\n", '1: "info" is a required property'),
        ("openapi: 3.0.3\ninfo: {title: A, version: '1'}\npaths: []\n", "3: [] is not of type"),
    ],
)
def test_what_is_no_contract_at_all_is_told_so(
    text: str, says: str, read_contract: ReadContract
) -> None:
    with pytest.raises(SourceError) as caught:
        read_contract(text)
    assert f"contract.yaml:{says}" in str(caught.value)


def test_a_contract_that_is_nested_too_deeply_is_refused(tmp_path: Path, small: str) -> None:
    deep = "{not: " * 350 + "{type: string}" + "}" * 350
    path = tmp_path / "deep.yaml"
    path.write_text(f"{small}\ncomponents: {{schemas: {{Deep: {deep}}}}}\n", encoding="utf-8")

    with pytest.raises(SourceError, match="nested too deeply"):
        load(path)


def test_a_parameter_that_is_none_is_ignored_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(
        """openapi: 3.0.3
info: {title: Small, version: '1'}
paths:
  /a:
    get:
      parameters: [{$ref: '#/components/schemas/A'}]
      responses: {'200': {description: It.}}
components: {schemas: {A: {type: string}}}
""",
        encoding="utf-8",
    )

    (warning,) = load(path).warnings

    assert str(warning).endswith(
        "small.yaml:6: this is no parameter, which has name and in; it is ignored"
    )


def test_an_operation_that_cannot_be_read_is_not_served(small: str) -> None:
    nowhere = "schema: {$ref: '#/components/schemas/None'}"
    text = small.replace("schema: {type: string}", nowhere)
    source = Source.parse(text.encode(), Path("contract.yaml"))
    contract = read(source, registers.load(), trusted=True)
    [warning] = contract.warnings
    assert str(warning) == (
        "contract.yaml:9: $ref '#/components/schemas/None' leads nowhere. "
        "/components/schemas has no 'None'"
    )
    assert [operation.unserved for operation in contract.operations] == [str(warning)]


def test_a_path_can_be_a_reference(small: str, read_contract: ReadContract) -> None:
    paths = small.split("paths:\n")[1]
    items = "".join(f"  {line}\n" for line in paths.splitlines()).replace("/things/{id}", "item")
    text = small.replace(paths, "  /things/{id}:\n    $ref: '#/x-items/item'\n")
    contract = read_contract(f"{text}x-items:\n{items}")
    assert contract.warnings == ()
    assert [each.path_names for each in contract.operations] == [{"id"}]


def test_a_mistake_has_the_line_of_its_file(tmp_path: Path, small: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(small.replace("in: path", "in: paht"), encoding="utf-8")
    assert str(load(file).warnings[-1]).startswith(f"{file}:9: ")


def test_a_register_beside_the_file_is_the_one_that_counts(tmp_path: Path, small: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        small.replace(
            "{description: A thing}",
            "{description: A thing}\n      x-requirement: {accepted: MINE-1}",
        ),
        encoding="utf-8",
    )
    with pytest.raises(SourceError, match="requirement 'MINE-1' is not in the register"):
        load(file)
    (tmp_path / "requirements.yaml").write_text(
        "sections: [{id: MINE, title: Mine, document: Mine}]\n"
        "requirements:\n"
        "  - {id: MINE-1, level: MUST, title: It is, section: MINE, document: Mine,"
        " statement: It is., checked_by: schema, aspects: [contract.untied, operation.accepted],"
        " how: By looking.}\n",
        encoding="utf-8",
    )
    assert [requirement.id for requirement in load(file).register] == ["MINE-1"]


def test_a_register_that_is_none_is_refused(tmp_path: Path, small: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(small, encoding="utf-8")
    (tmp_path / "requirements.yaml").write_text("requirements: 5\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"requirements\.yaml:1: the member sections is missing"):
        load(file)
