"""One item for each requirement; the plugin beside this file gives each its verdict."""


def test_requirement(verdict, settle):
    """Give the verdict of one requirement as the outcome of its item."""
    settle(verdict)
