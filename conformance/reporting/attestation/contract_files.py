"""The files of a contract as evidence.json has them, and the contract that is read from them again.

A contract is its file, the files that its references lead to, its register if that is beside it,
the policies beside the register, and the policies that were chosen for the run.
"""

from __future__ import annotations

import errno
from copy import copy
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from msgspec import Struct

from ....spec.contract import load
from ....spec.policies import policy as policy_files
from .data import Data, bytes_of, data_of
from .statement import digest_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....spec.contract import Contract
    from ....spec.policies.policy import Policy

_MOST = 5000
"""Files of a contract."""
_OF_NAMES = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG}
"""What fails if a name is too long, or is that of a folder with other files, too."""


class FilesError(ValueError):
    """Files that are no contract; the message is one sentence."""


class ChosenPolicy(Struct, frozen=True):
    """A policy of a run: the file that it was read from, and what that contains."""

    file: str
    content: Data


class ContractFiles(Struct, frozen=True):
    """The files of a contract by their path, relative to the folder of `main`.

    `sha256` is the digest of the contract as reports have it.
    """

    main: str
    sha256: str
    files: dict[str, Data]
    policies: tuple[ChosenPolicy, ...]

    @classmethod
    def of(cls, contract: Contract) -> ContractFiles:
        """Return the files of a contract.

        Raises OSError if one of them cannot be read, and FilesError if it is another one by now.
        """
        base, policies = contract.base, [each.source for each in contract.policies]
        files = {base.path: base.digest, **contract.source.files}
        for path in _of_register(contract):
            files.setdefault(path, "")
        names = {_relative(path, base.path.parent): path for path in files}
        return cls(
            base.path.name,
            contract.digest,
            {name: _data(path, files[path]) for name, path in sorted(names.items())},
            tuple(ChosenPolicy(str(each.path), _data(each.path, each.digest)) for each in policies),
        )

    def load(self, folder: Path) -> Contract:
        """Write the files into an empty folder, and read the contract from there.

        Raises FilesError for files that are no contract.
        """
        if len(self.files) > _MOST or len(self.policies) > _MOST:
            raise FilesError(f"the contract has more than {_MOST} files")
        base, chosen = folder / "contract", []
        for name, data in self.files.items():
            _write(base / _safe(name), bytes_of(data))
        for position, policy in enumerate(self.policies):
            path = folder / "policies" / str(position) / _safe(PurePosixPath(policy.file).name)
            _write(path, bytes_of(policy.content))
            chosen.append(path)
        contract = load(base / _safe(self.main), chosen)
        if contract.digest != self.sha256:
            raise FilesError("the contract is not the one that the run was judged by")
        return contract

    def as_named(self, contract: Contract) -> Contract:
        """Return the contract with the names that the files of its policies had in the run."""
        pairs = zip(contract.policies, self.policies, strict=True)
        return replace(
            contract, policies=tuple(_named(policy, Path(own.file)) for policy, own in pairs)
        )


def _of_register(contract: Contract) -> Iterator[Path]:
    register = contract.register.path
    if not contract.register.is_derived and register.parent == contract.base.path.parent:
        yield register
        yield from sorted((register.parent / policy_files.FOLDER).glob("*.yaml"))


def _data(path: Path, digest: str) -> Data:
    """Return the bytes of a file, which has this digest if one is known."""
    data = path.read_bytes()
    if digest and digest_of(data) != digest:
        raise FilesError(f"{path} is not the file that was read before")
    return data_of(data)


def _relative(path: Path, folder: Path) -> str:
    return path.absolute().relative_to(folder.absolute()).as_posix()


def _safe(name: str) -> str:
    """Return the name of a file that stays within its folder; raise FilesError for another one."""
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or {"..", ""} & {*path.parts} or "\0" in name:
        raise FilesError("a file of the contract is outside its folder")
    return name


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        if error.errno not in _OF_NAMES:
            raise
        raise FilesError("a file of the contract has a name that it cannot have") from None


def _named(policy: Policy, path: Path) -> Policy:
    source = copy(policy.source)
    source.path = path
    return replace(policy, source=source)
