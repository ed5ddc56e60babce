"""The result of `diff`: changes with their witnesses, those that are allowed, and its formats.

May be imported by `results`, and by the commands.
"""
