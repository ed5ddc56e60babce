"""The Ruangkerja course users API: contract, stub that serves it, suite that judges by it."""

from __future__ import annotations

__version__ = "0.1.0"
