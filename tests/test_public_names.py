"""The public names of the package: each can be imported, and together they do the main jobs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import ruangkerja


def test_every_public_name_can_be_imported() -> None:
    for name in ruangkerja.__all__:
        assert getattr(ruangkerja, name) is not None
        assert name in dir(ruangkerja)


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'serve_users'"):
        _ = ruangkerja.serve_users


def test_importing_the_package_loads_none_of_its_parts() -> None:
    code = "import sys, ruangkerja; print([m for m in sys.modules if m.startswith('ruangkerja.')])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert loaded.stdout.strip() == "[]"


def test_the_folder_in_a_checkout_has_its_parts_without_an_editable_install() -> None:
    code = (
        "import sys; sys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in repr(f)];"
        "import ruangkerja.mock.serve.server as found; print(found.__file__)"
    )
    root = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == (str(root / "mock" / "serve" / "server.py"), "")


def test_a_stub_and_a_check_of_it_are_a_few_lines() -> None:
    from ruangkerja import MockServer, check, load_contract  # noqa: PLC0415

    contract = load_contract()
    with MockServer(contract) as stub:
        run = check(stub.url, token=contract.example_token, contract=contract, profile="smoke")
        assert stub.requests[0].method == "GET"
    assert run.counts["failed"] == 0
    assert run.requests > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"url": "ftp://127.0.0.1"}, "http"),
        ({"profile": "quick"}, "quick"),
        ({"fail_on": "may"}, "MAY"),
    ],
)
def test_a_word_that_cannot_be_used_is_a_value_error(
    arguments: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ruangkerja.check(**{"url": "http://127.0.0.1:1", "token": "any", **arguments})
