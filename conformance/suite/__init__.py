"""The suite as a whole: checks, replays, verifications of reports, and the self-test.

Imports `judging`, `survey` and what is below; `mutation` and the commands may import it.
"""
