"""What changed between two contracts, and what that means for clients.

May be imported by `diff` and all above it.
"""
