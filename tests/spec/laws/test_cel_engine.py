from __future__ import annotations

import subprocess
import sys

SHOW = """
import sys
import ruangkerja.spec.laws.laws
print([name for name in ("typer", "rich", "prompt_toolkit") if name in sys.modules])
import cel.cli
print(cel.cli.app is not None)
"""


def test_laws_do_not_import_the_command_line_of_cel_and_leave_it_to_others() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SHOW], capture_output=True, text=True, check=True, timeout=60
    )
    assert ended.stdout.split("\n")[:2] == ["[]", "True"]
