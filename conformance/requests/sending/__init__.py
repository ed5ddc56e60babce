"""Sending the requests of a run, and telling apart what the server and what others respond.

Imports `client`, `evidence`, `probes` and what is below; `config`, `survey`, traffic and the
commands may import it.
"""
