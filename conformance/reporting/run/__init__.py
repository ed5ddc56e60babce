"""A finished run: its verdicts, and what follows from them in every report format.

Imports `archive`, `privacy` and what is below; `formats` and what is above may import it.
"""
