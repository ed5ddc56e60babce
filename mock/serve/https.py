"""HTTPS, if the settings ask for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..settings import Settings
    from .certificate import Certificate


def certificate_for(settings: Settings) -> Certificate | None:
    """Return the certificate to serve with, None for HTTP; raise CertificateError."""
    if not settings.tls and settings.tls_cert is None:
        return None
    # Imported here: its packages are those of the extra tls.
    from .certificate import certificate_of  # noqa: PLC0415

    return certificate_of(settings, datetime.now(UTC))
