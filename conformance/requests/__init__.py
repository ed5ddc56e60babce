"""The requests of a run: probes, requests that are generated, and how all of them are sent.

Imports `client`, `verdicts` and what is below; `config`, `comparison` and all above may import it.
"""
