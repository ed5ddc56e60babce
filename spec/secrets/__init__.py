"""Secrets: finds and masks tokens and other secrets in all that is shown, logged or recorded.

All folders may import it.
"""
