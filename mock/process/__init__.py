"""The process of a server: its event loop, its signals, its open files, its log and its workers.

It knows nothing of the application; `serve`, the commands and `traffic` may import it.
"""
