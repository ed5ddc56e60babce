"""The suite as a whole: checks, replays, verifications of reports, and the self-test.

Imports every other room of `conformance` but `mutation`, which imports it; so may the commands.
"""
