"""What a run was told: the values of options, the configuration file, and the limits of the run.

Imports `requests` and what is below; `survey`, `suite`, `mutation`, traffic and the commands may
import it.
"""
