"""Items that requests show, create, change and delete: what `x-resource` declares.

The responder and the control interface import it.
"""
