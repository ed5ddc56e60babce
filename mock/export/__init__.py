"""Exports: what the stub responds, as data and as request handlers that need no server.

`recorded.py` asks the responder in this process and keeps its responses; `formats.py` writes them.
`handlers.js` is the part of the handlers that is the same for every contract. Only the commands
import this folder.
"""

from .formats import FORMATS
from .recorded import Recorder

__all__ = ["FORMATS", "Recorder"]
