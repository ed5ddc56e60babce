"""The Ruangkerja course users API as a contract: a stub that serves it, a suite that judges by it."""

from __future__ import annotations

__version__ = "0.1.0"
