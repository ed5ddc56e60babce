"""What makes reports verifiable: evidence.json, from which a run is judged anew, and the statement.

Only `suite` and what is above it may import it.
"""
