"""The process of Locust: its users, what it sends, and what it hands on to be reported.

Imports Locust, which replaces the sockets of its process, so only Locust's own process imports it.
"""
