"""Refusals: why a request is not answered with a success, in words that help its sender."""

from __future__ import annotations


class ErrorResponse(Exception):  # noqa: N818 - no error of the program: it is how the stub says no
    """A status below 200 or above 299 with its reason.

    `title` says what is wrong in general, `detail` what exactly was sent and what is allowed;
    `code` is the name of an error code of the contract where another than the usual one is meant.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        code: str | None = None,
    ) -> None:
        self.status, self.title, self.detail = status, title, detail
        self.headers, self.code = headers, code
        super().__init__(detail)
