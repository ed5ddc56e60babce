"""Serving: the application behind a server, in a thread for tests or in the foreground for work.

Imports the application; the commands, the suite and `traffic` may import it.
"""
