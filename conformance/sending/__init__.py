"""Sending the requests of a run, and telling apart what the server and what others respond.

Imports the evidence, the probes and `http`; only the suite and the commands may import it.
"""
