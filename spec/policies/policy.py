"""Policies: what a team chooses where the register's decisions leave a choice.

A policy is an overlay on the contract. Decisions name the built-in policies, which are in the
folder `policies` beside the register; a team can also write a policy of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import overlay

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..documents.source import Source
    from ..register import Decision, Register

FOLDER = "policies"
"""The folder beside a register that has its policies."""
_SUFFIXES = {".yaml", ".yml", ".json"}


class PolicyError(ValueError):
    """A policy that does not exist, or that contradicts another one."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy: its name, which is that of its file, its title, and its overlay."""

    name: str
    title: str
    source: Source
    is_built_in: bool

    def __str__(self) -> str:
        """Return NAME (TITLE)."""
        return f"{self.name} ({self.title})"

    @property
    def path(self) -> Path:
        """The file that it was read from."""
        return self.source.path


def find(names: Iterable[str | Path], register: Register) -> tuple[Policy, ...]:
    """Return policies by their names or files, in order and each once.

    Raises PolicyError for a name that is unknown or stands for several policies, and for two
    policies that choose differently for one decision; SourceError for mistakes in a file.
    """
    chosen = tuple(
        _read(path, register) for path in dict.fromkeys(_path(n, register) for n in names)
    )
    for decision in register.decisions.values():
        among = [policy.name for policy in chosen if policy.name in decision.policies]
        if len(among) > 1:
            raise PolicyError(
                f"{' and '.join(among)} choose differently for decision {decision.id}; use one"
            )
    return chosen


def in_force(decision: Decision, policies: Iterable[Policy]) -> str:
    """Return the name of the policy that is in force for a decision, '' if it has no choice."""
    names = {policy.name for policy in policies}
    chosen = (name for name in decision.policies if name in names)
    return next(chosen, decision.policies[0] if decision.policies else "")


def together(
    some: Iterable[Policy], others: Sequence[Policy], register: Register
) -> tuple[Policy, ...]:
    """Return policies of two sources; the others replace those that choose for one decision."""
    names = {other.name for other in others}
    decided = [d.policies for d in register.decisions.values() if names.intersection(d.policies)]
    replaced = names.union(*decided)
    return (*(policy for policy in some if policy.name not in replaced), *others)


def _path(name: str | Path, register: Register) -> Path:
    if isinstance(name, Path) or Path(name).suffix in _SUFFIXES:
        return Path(name)
    folder = register.path.parent / FOLDER
    known = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    if name in known:
        return known[name]
    ending = [each for each in known if each.endswith(f"-{name}")]
    if len(ending) == 1:
        return known[ending[0]]
    if ending:
        raise PolicyError(f"{name!r} stands for several policies: {', '.join(ending)}")
    hint = "The name of a file ends with .yaml or .json"
    raise PolicyError(
        f"there is no policy {name!r}; there are {', '.join(known) or 'none'}. {hint}"
    )


def _read(path: Path, register: Register) -> Policy:
    source = overlay.read(path)
    built_in = path.parent == register.path.parent / FOLDER
    return Policy(path.stem, str(source.value["info"]["title"]), source, built_in)
