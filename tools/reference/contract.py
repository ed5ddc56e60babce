"""The page about the contract: operations, schemas and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ruangkerja.spec.source import follow, get

from .markdown import as_yaml, code, heading, paragraphs, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ruangkerja.spec.contract import Contract
    from ruangkerja.spec.model import Operation

INTRODUCTION = """\
Generated from `spec/openapi.yaml`. [How the contract works](../contract.md) explains its
extensions.
"""
BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "length at least {}",
    "maxLength": "length at most {}",
    "pattern": "matches {}",
}


def page(contract: Contract) -> str:
    """Return the page."""
    return "\n".join(_parts(contract))


def _parts(contract: Contract) -> Iterator[str]:
    document = contract.document
    info = document["info"]
    yield f"# {info['title']} {info['version']}\n"
    yield INTRODUCTION
    yield paragraphs(info.get("description", ""))
    yield heading(2, "Operations", "operations")
    for operation in contract.operations:
        yield from _operation(document, operation)
    components = document.get("components", {})
    yield heading(2, "Security", "security")
    yield table(
        ("Name", "Where", "Description"),
        (
            (code(s.get("name", name)), str(s.get("in", s["type"])), s.get("description", ""))
            for name, s in components.get("securitySchemes", {}).items()
        ),
    )
    yield heading(2, "Schemas", "schemas")
    for name, schema in components.get("schemas", {}).items():
        yield from _schema(name, schema)


def _operation(document: Mapping[str, Any], operation: Operation) -> Iterator[str]:
    raw = get(document, operation.place)
    yield heading(3, f"`{operation.method} {operation.path}`", operation.id)
    yield paragraphs(operation.description)
    parameters = _resolved(document, operation, "parameters")
    yield table(
        ("Parameter", "In", "Value", "Required", "Description", "Requirements"),
        (
            (
                code(each["name"]),
                each["in"],
                _value(each["schema"]),
                "yes" if each.get("required") else "no",
                each.get("description", ""),
                _requirements(each),
            )
            for each in parameters.values()
        ),
    )
    yield table(
        ("Header", "Value", "Description", "Requirements"),
        (
            (code(name), code(each["value"]), each.get("description", ""), _requirements(each))
            for name, each in raw.get("x-required-headers", {}).items()
        ),
    )
    yield table(
        ("Status", "Body", "Description"),
        (
            (code(status), _body(answer), answer.get("description", ""))
            for status, answer in _resolved(document, operation, "responses").items()
        ),
    )
    if "x-pagination" in raw:
        paging = {k: v for k, v in raw["x-pagination"].items() if k != "x-requirement"}
        yield "Paging, for the requirements " + _requirements(raw["x-pagination"]) + ":\n"
        yield as_yaml(paging)


def _resolved(document: Mapping[str, Any], operation: Operation, member: str) -> dict[str, Any]:
    """Return the elements of a field of an operation by name or index, with references resolved."""
    place = (*operation.place, member)
    elements = get(document, operation.place).get(member, ())
    names = elements if isinstance(elements, dict) else map(str, range(len(elements)))
    return {name: follow(document, (*place, name))[1] for name in names}


def _body(answer: Mapping[str, Any]) -> str:
    bodies = answer.get("content", {}).values()
    return ", ".join(_value(each["schema"]) for each in bodies if "schema" in each)


def _schema(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield heading(3, f"`{name}`", f"schema-{name}")
    yield paragraphs(schema.get("description", ""))
    if "enum" in schema:
        yield f"One of {', '.join(map(code, schema['enum']))}. {_requirements(schema)}\n"
    yield table(
        ("Field", "Value", "Required", "Description", "Personal", "Requirements"),
        (
            (
                code(member),
                _value(each),
                "yes" if member in schema.get("required", ()) else "no",
                each.get("description", ""),
                "yes" if each.get("x-personal") else "",
                _requirements(each) or _requirements(schema),
            )
            for member, each in schema.get("properties", {}).items()
        ),
    )
    laws = schema.get("x-validations", ())
    if laws:
        yield "Laws between the fields:\n"
    yield table(
        ("Requirement", "Law", "Applies", "In CEL"),
        (
            (
                _link(law["requirement"]) if "requirement" in law else "",
                law["message"],
                f"when {code(law['when'])}" if "when" in law else "always",
                code(law["rule"]),
            )
            for law in laws
        ),
    )
    if "x-error-code" in schema:
        yield "The format of errors:\n"
        error = {k: v for k, v in schema["x-error-code"].items() if k != "x-requirement"}
        yield as_yaml(error)


def _value(schema: Mapping[str, Any]) -> str:
    """Describe the possible values of a schema in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#schema-{name})"
    kind = schema.get("type", "any value")
    if kind == "array":
        return f"array of {_value(schema['items'])}"
    if "enum" in schema:
        return " or ".join(map(code, schema["enum"]))
    words = [kind]
    words += [f"({schema['format']})"] if "format" in schema else []
    words += ["or `null`"] if schema.get("nullable") else []
    bounds = [text.format(schema[key]) for key, text in BOUNDS.items() if key in schema]
    return " ".join(words) + "".join(f", {bound}" for bound in bounds)


def _requirements(element: Mapping[str, Any]) -> str:
    tied = element.get("x-requirement", {})
    ids = [tied] if isinstance(tied, str) else list(dict.fromkeys(tied.values()))
    return ", ".join(map(_link, ids))


def _link(requirement: str) -> str:
    return f"[{requirement}](requirements.md#{requirement})"
