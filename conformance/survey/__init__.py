"""The survey: what a run sends, in order, and the evidence that it gathers.

Imports `config`, `requests` and what is below them; `suite`, `mutation` and traffic may import it.
"""
