"""report.json: its members, as its schema has them."""


def page() -> str:
    """Write the page."""
    return "# report.json\n"
