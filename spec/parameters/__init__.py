"""Parameters: their values, read from requests strictly and written into them.

`parameter` is what the contract's reader makes; `styles` are the ways to write a value, `texts` are
the texts of numbers and truth values, `shape` tells which of them a schema means, and `received`
splits a query and cookies. All folders may import it.
"""

from .faults import ParameterFault, UnwritableError
from .parameter import Parameter, ParameterReading, explain

__all__ = ["Parameter", "ParameterFault", "ParameterReading", "UnwritableError", "explain"]
