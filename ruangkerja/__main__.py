"""`python -m ruangkerja`, and the entry point of the package."""

from __future__ import annotations

import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command, which can be interrupted before it is loaded, too."""
    try:
        from .cli import main as run  # noqa: PLC0415 - this is what can be interrupted
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(_INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
