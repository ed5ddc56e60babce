"""The Ruangkerja course users API: its contract, a stub of it, a suite that checks servers.

The names in `__all__` are the public ones; everything below the subpackages may change between
releases. Each name is imported when it is first used, so `import ruangkerja` loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .checking import check
    from .conformance.client.connection_settings import ConnectionSettings
    from .conformance.client.http_proxy import HttpProxy
    from .conformance.reporting.run.model import NotJudgedError, Run
    from .mock.control.journal import JournalEntry
    from .mock.serve.listening import AddressError, CertificateError
    from .mock.serve.server import MockServer
    from .spec.contract import Contract
    from .spec.contract import load as load_contract
    from .spec.documents.problems import SourceError
    from .spec.policies.policy import PolicyError

__all__ = [
    "AddressError",
    "CertificateError",
    "ConnectionSettings",
    "Contract",
    "HttpProxy",
    "JournalEntry",
    "MockServer",
    "NotJudgedError",
    "PolicyError",
    "Run",
    "SourceError",
    "__version__",
    "check",
    "load_contract",
]
__version__ = "0.1.0"

# In the root of a checkout, this folder hides an installed package, and the subpackages are beside
# it.
if not Path(__file__).with_name("spec").is_dir():
    __path__.append(str(Path(__file__).parent.parent))

_DEFINED_IN = {
    "AddressError": (".mock.serve.listening", "AddressError"),
    "CertificateError": (".mock.serve.listening", "CertificateError"),
    "ConnectionSettings": (".conformance.client.connection_settings", "ConnectionSettings"),
    "Contract": (".spec.contract", "Contract"),
    "HttpProxy": (".conformance.client.http_proxy", "HttpProxy"),
    "JournalEntry": (".mock.control.journal", "JournalEntry"),
    "MockServer": (".mock.serve.server", "MockServer"),
    "NotJudgedError": (".conformance.reporting.run.model", "NotJudgedError"),
    "PolicyError": (".spec.policies.policy", "PolicyError"),
    "Run": (".conformance.reporting.run.model", "Run"),
    "SourceError": (".spec.documents.source", "SourceError"),
    "check": (".checking", "check"),
    "load_contract": (".spec.contract", "load"),
}


def __getattr__(name: str) -> object:
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _DEFINED_IN[name]
    try:
        return getattr(import_module(module, __name__), attribute)
    except ModuleNotFoundError as error:
        from .extras import advice, extra_of  # noqa: PLC0415 - most imports succeed

        if extra := extra_of(error):
            error.add_note(f"{__name__}.{name}: {advice(extra)}")
        raise


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
