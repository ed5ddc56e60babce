"""Lint the files for containers, clusters and CI services with their own tools and schemas.

    tox run -e recipes

This needs no container engine, cluster or CI service.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TEMPLATE = "templates/check.yml"
SCHEMAS = {
    "compose.yaml": "vendor.compose-spec",
    "action.yml": "vendor.github-actions",
    **{str(path.relative_to(ROOT)): "vendor.github-workflows" for path in WORKFLOWS},
}


def main() -> int:
    """Run all checks, and print which failed."""
    results = [(what, run(*command)) for what, command in checks()]
    failed = [what for what, passed in results if not passed]
    print(f"failed: {', '.join(failed)}" if failed else f"passed: {len(results)} checks")
    return 1 if failed else 0


def checks() -> Iterator[tuple[str, list[str]]]:
    """Yield the name and the command of each check."""
    yield "Dockerfile", ["hadolint", "Dockerfile"]
    for manifest in ("deploy/kubernetes.yaml", "deploy/load.yaml"):
        yield manifest, ["kubernetes-validate", "--strict", manifest]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The inputs are in a separate document before the one that the schema applies to.
        (folder / "job.yaml").write_text(yaml.safe_dump(documents(TEMPLATE)[-1], sort_keys=False))
        for file, schema in {**SCHEMAS, str(folder / "job.yaml"): "vendor.gitlab-ci"}.items():
            yield file, ["check-jsonschema", "--builtin-schema", schema, file]
        for number, (file, text) in enumerate(workflows_in_docs()):
            path = folder / f"workflow-{number}.yaml"
            path.write_text(text)
            schema = "vendor.github-workflows"
            yield file, ["check-jsonschema", "--builtin-schema", schema, str(path)]
        for number, (file, shell, script) in enumerate(scripts()):
            path = folder / f"{number}.sh"
            path.write_text(script)
            yield f"a script of {file}", ["shellcheck", f"--shell={shell}", str(path)]
    yield ".ci/run", ["shellcheck", ".ci/run"]


def workflows_in_docs() -> Iterator[tuple[str, str]]:
    """Yield the complete workflows in the documentation, with their page."""
    block = re.compile(r'(?ms)^```yaml title="\.github/workflows/[^"]+"\n(.*?)^```$')
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for found in block.finditer(page.read_text(encoding="utf-8")):
            yield str(page.relative_to(ROOT)), found[1]


def scripts() -> Iterator[tuple[str, str, str]]:
    """Yield the scripts in the files, with their shell."""
    for step in documents("action.yml")[0]["runs"]["steps"]:
        if "run" in step:
            yield "action.yml", "bash", step["run"]
    for path in WORKFLOWS:
        file = str(path.relative_to(ROOT))
        for job in documents(file)[0]["jobs"].values():
            for step in job["steps"]:
                if "run" in step:
                    yield file, "bash", step["run"]
    for job in documents(TEMPLATE)[-1].values():
        yield TEMPLATE, "sh", "\n".join(job["script"])


def documents(file: str) -> list[Any]:
    """Return the documents in a YAML file."""
    return list(yaml.safe_load_all((ROOT / file).read_text(encoding="utf-8")))


def run(tool: str, *arguments: str) -> bool:
    """Run a tool from this environment, show its output, and return whether it succeeded."""
    path = shutil.which(tool)
    if path is None:
        print(f"{tool} is missing; `tox run -e recipes` installs it")
        return False
    return subprocess.run([path, *arguments], cwd=ROOT, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
