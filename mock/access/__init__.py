"""Who may do what: credentials, pages of other origins, names of this machine, client profiles.

The application, the console and the control interface import it; it imports `mock.http`.
"""
