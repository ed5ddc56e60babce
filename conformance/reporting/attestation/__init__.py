"""What makes reports verifiable: evidence.json, from which a run is judged anew, and the statement.

Imports `run` and what is below; `judging`, `comparison` and `suite` may import it.
"""
