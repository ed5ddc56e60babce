"""Serving: runs the application in a server, in a thread for tests or in the foreground.

Imports the application; the commands, the suite and `traffic` may import it.
"""
