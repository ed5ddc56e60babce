"""The error of a body that is not of its media type."""


class BodyError(ValueError):
    """A body that cannot be read; `title` says it in a few words, and the message in one clause."""

    def __init__(self, title: str, detail: str) -> None:
        self.title = title
        super().__init__(detail)
