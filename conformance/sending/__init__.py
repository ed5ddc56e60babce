"""Sending: the requests of a run, fairly: what comes from between the run and the server is known.

`suite` imports it.
"""
