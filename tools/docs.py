"""Generate the reference pages of the documentation in docs/reference/ from tools/reference/.

    python tools/docs.py

The pages are committed, so that their links work on a code host. A test fails if they are outdated.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import shutil
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ruangkerja import cli
from ruangkerja.conformance.comparison.changes.kinds import table as kinds_of_changes
from ruangkerja.conformance.reporting.formats import as_json
from ruangkerja.conformance.verdicts.verdict import Exit
from ruangkerja.mock.faults import CATALOGUE, read_freedoms
from ruangkerja.mock.faults.example_lists import lists_of
from ruangkerja.mock.responder import Responder
from ruangkerja.mock.settings import Settings
from ruangkerja.spec.contract import load
from ruangkerja.spec.documents.pointers import follow, get, join
from ruangkerja.spec.links import Link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ruangkerja.conformance.comparison.changes.kinds import Kind
    from ruangkerja.mock.faults import Fault
    from ruangkerja.spec.contract import Contract

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
TEMPLATES = Path(__file__).resolve().parent / "reference"
BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "length at least {}",
    "maxLength": "length at most {}",
    "pattern": "matches `{}`",
}
EXITS = {
    Exit.CONFORMING: "everything that was checked conforms",
    Exit.NOT_CONFORMING: "at least one requirement failed, or a waiver is no longer needed",
    Exit.USAGE: "wrong usage, or an invalid file; the message gives the reason",
    Exit.NOT_JUDGED: "not judged: the server did not respond, the token was rejected or ended, "
    "something answered in place of the server, or the data did not cover all requirements",
    Exit.TOOL_ERROR: "an error of the tool itself, such as a full disk, which says nothing about "
    "the server; the message names a file with the details",
    Exit.INTERRUPTED: "interrupted with Ctrl-C or SIGTERM",
}


def main() -> None:
    """Write all pages."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    generated = pages()
    for name, text in generated.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"generated {len(generated)} pages in {FOLDER.relative_to(ROOT)}")


def pages() -> dict[str, str]:
    """Return the text of each page by its file name."""
    contract = load()
    responder = Responder(contract, Settings())
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    schema = Path(as_json.__file__).with_name("report.schema.json").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - Markdown, from our own files
    )
    environment.filters |= {
        "as_yaml": as_yaml,
        "code": code,
        "change_row": change_row,
        "join": lambda texts, sign=", ": sign.join(texts),
        "line": line,
        "link": link,
        "table": table,
        "value": value,
    }
    environment.globals |= {
        "changelog": changelog.replace("](docs/", "](../"),
        "commands": list(commands()),
        "contract": contract,
        "decisions": list(contract.register.decisions.values()),
        "exits": EXITS,
        "example": example(responder),
        "faults": list(CATALOGUE.values()),
        "folders": list(folders()),
        "freedoms": list(read_freedoms().values()),
        "kinds": list(kinds_of_changes().kinds.values()),
        "proofs": proofs(),
        "raw": lambda operation: get(contract.document, operation.place),
        "report": json.loads(schema),
        "report_fields": list(fields("", json.loads(schema))),
        "resolved": lambda place: follow(contract.document, place)[1],
        "scenarios": responder.scenarios.entries,
        "ties": ties(contract),
    }
    made = {}
    for name in environment.list_templates(extensions=["j2"]):
        text = re.sub(r"\n{3,}", "\n\n", environment.get_template(name).render())
        made[name.removesuffix(".j2")] = f"{text.strip()}\n"
    return made


def line(text: object) -> str:
    """Return a text for a cell of a table: on one line, with escaped pipes."""
    return " ".join(str(text).split()).replace("|", "\\|")


def code(text: object) -> str:
    """Return a text as inline code, or an empty string for an empty text."""
    plain = line(text)
    if not plain:
        return ""
    return f"`` {plain} ``" if "`" in plain else f"`{plain}`"


def link(requirements: Any) -> str:
    """Return links to requirements: an id, several of them, or an element that is tied to some."""
    if isinstance(requirements, dict):
        tied = requirements.get("x-requirement", {})
        requirements = [tied] if isinstance(tied, str) else tied.values()
    ids = [requirements] if isinstance(requirements, str) else dict.fromkeys(requirements)
    return ", ".join(f"[{each}](requirements.md#{each})" for each in ids)


def as_yaml(element: Mapping[str, Any]) -> str:
    """Return an element of the contract, without its requirements, as a fenced block of YAML."""
    shown = {name: each for name, each in element.items() if name != "x-requirement"}
    text = yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=88)
    return f"```yaml\n{text.removesuffix('...').rstrip()}\n```\n"


def example(responder: Responder) -> Callable[[Fault], str]:
    """Return the function that describes a request in which a fault shows, with a link to it."""
    lists = lists_of(responder.contract, responder.plans, responder.scenarios)

    def described(fault: Fault) -> str:
        if lists is None:
            return ""
        request = lists.request(fault.example)
        text, fragment = code(request.short), request.fragment(fault.name)
        if fragment is not None:
            text = f"[{text}](http://127.0.0.1:8080/#{fragment})"
        return ", ".join([text, *map(line, request.notes)])

    return described


def table(text: str) -> str:
    """Return a table whose cells are separated by ¦, without the columns that have no values."""
    rows = [[cell.strip() for cell in row.split("¦")] for row in text.strip().splitlines()]
    shown = [n for n in range(len(rows[0])) if any(row[n] for row in rows[1:])]
    if not shown:
        return ""
    rows.insert(1, ["---"] * len(rows[0]))
    return "".join(f"| {' | '.join(row[n] for n in shown)} |\n" for row in rows)


def change_row(kind: Kind) -> str:
    """Return the cells of a kind of change: its id, its effects, and what changed."""
    effects = [str(kind.request), str(kind.response)]
    if kind.searched:
        also = "unknown" if "unknown" in effects else "safe"
        effects = [f"{effect} or breaking" if effect == also else effect for effect in effects]
    keyword = kind.id.partition(".")[0]
    name = keyword if keyword in kinds_of_changes().keywords else "NAME"
    words = {"name": name, "old": "OLD", "new": "NEW"}
    return " ¦ ".join([code(kind.id), *effects, line(kind.text.format(**words))])


def value(schema: Mapping[str, Any]) -> str:
    """Describe the possible values of a schema in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#schema-{name})"
    if "x-expected" in schema:
        return f"{schema['type']}: {schema['x-expected']}"
    if "anyOf" in schema and "type" not in schema:
        return " or ".join(map(value, schema["anyOf"]))
    if "const" in schema or "enum" in schema:
        return " or ".join(map(code, schema.get("enum", [schema.get("const")])))
    kind = schema.get("type", "any value")
    if kind == "array" and "$ref" in schema["items"]:
        return f"array of {value(schema['items'])}"
    kinds = [kind] if isinstance(kind, str) else kind
    form = f" ({schema['format']})" if "format" in schema else ""
    words = [" or ".join(each for each in kinds if each != "null") + form]
    words += ["`null`"] if "null" in kinds or schema.get("nullable") else []
    bounds = [text.format(schema[name]) for name, text in BOUNDS.items() if name in schema]
    return ", ".join([" or ".join(filter(None, words)), *bounds])


def ties(contract: Contract) -> Mapping[str, list[tuple[str, str, Any]]]:
    """Return for each requirement its elements: the pointer, the condition, and the law if any."""
    found: defaultdict[str, list[tuple[str, str, Any]]] = defaultdict(list)
    for tie in Link.under((), contract.document):
        place = tie.place[:-1]
        law = get(contract.document, place) if "x-validations" in place else None
        conditions = tie.ids if isinstance(tie.ids, dict) else {"": tie.ids}
        for condition, requirement in conditions.items():
            found[requirement].append((join(place), condition, law))
    return found


def proofs() -> Mapping[str, list[str]]:
    """Return for each requirement the faults that break it; those that are about it come first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for fault in CATALOGUE.values():
        found[fault.requirement].append(fault.name)
    for fault in CATALOGUE.values():
        for requirement in fault.requirements[1:]:
            found[requirement].append(fault.name)
    return found


def commands() -> Iterator[dict[str, Any]]:
    """Yield the commands with their texts and options, as click has them."""
    for name, command in cli.cli.commands.items():
        context = click.Context(command, info_name=f"ruangkerja {name}")
        help_, epilog = (
            inspect.cleandoc((text or "").replace("\b\n", "").replace("\\b\n", ""))
            for text in (command.help, command.epilog)
        )
        yield {
            "name": name,
            "short": command.get_short_help_str(limit=200),
            "usage": " ".join([context.command_path, *command.collect_usage_pieces(context)]),
            "help": help_,
            "epilog": epilog,
            "options": [
                {
                    "names": " / ".join([*each.opts, *each.secondary_opts])
                    + ("" if each.is_flag else f" {each.make_metavar(context)}"),
                    "help": (each.help or "").removesuffix("."),
                    **each.get_help_extra(context),
                }
                for each in command.params
                if isinstance(each, click.Option) and not each.hidden
            ],
        }


def fields(place: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the fields of an object of JSON and of the objects in it, with their paths."""
    for name, member in schema.get("properties", {}).items():
        at = f"{place}{name}"
        yield at, member
        for inner in (member, *member.get("anyOf", ())):
            yield from fields(f"{at}.", inner)
            yield from fields(f"{at}[].", inner.get("items", {}))


def folders() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield the packages: name, folder, and the beginning of the docstring of each module."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for package in project["tool"]["setuptools"]["packages"]:
        folder = ROOT.joinpath(*package.split("."))
        if not folder.is_dir():
            folder = ROOT.joinpath(*package.split(".")[1:])
        modules = {}
        for path in sorted(folder.glob("*.py")):
            text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            modules[path.name] = text.partition("\n\n")[0]
        yield package.replace(".", "-"), folder.relative_to(ROOT).as_posix(), modules


if __name__ == "__main__":
    main()
