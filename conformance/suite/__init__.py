"""The suite as a whole: it surveys a server, judges it, replays, and tests itself.

Imports every other room of `conformance`; only the commands and `traffic` may import it.
"""
