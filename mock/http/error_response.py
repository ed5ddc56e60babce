"""Error responses: what is wrong with a request, in words that help its sender."""

from __future__ import annotations


class ErrorResponse(Exception):  # noqa: N818 - a response, and no error of the program
    """A status outside 200 to 299, and why the request gets it.

    `title` names the problem, `detail` says what was sent and what is expected, and never repeats a
    credential. `code` names an error code of the contract, if it is not the default of the status.
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
