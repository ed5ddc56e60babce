from __future__ import annotations

import subprocess
import sys
import urllib.request

from ..conftest import TOKEN, USERS

SERVE = """
import sys
from ruangkerja.mock.serve.server import serve
from ruangkerja.mock.settings import Settings
if __name__ == "__main__":
    sys.exit(serve(Settings(workers=2), lambda url: print(url, flush=True)))
"""


def test_workers_serve_together_and_end_together() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    bodies = set()
    for _ in range(20):
        request = urllib.request.Request(  # noqa: S310
            f"{url}{USERS.format('C')}?page=1&pageSize=10", headers={"Authorization": TOKEN}
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            bodies.add(answer.read())
    process.terminate()
    _, errors = process.communicate(timeout=20)
    assert len(bodies) == 1
    assert process.returncode == 15
    assert "Traceback" not in errors
