"""Faults of the two headers that the document asks for beside the token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import conditions
from .behaviours import instead
from .fault import Fault
from .refusals import refusing

if TYPE_CHECKING:
    from collections.abc import Callable

    from .call import Call
    from .stub import Stub


def _sent(
    index: int, when: Callable[[Call], bool] = conditions.always
) -> Callable[[Call, Stub], bool]:
    """Happen to calls of lists with one of the headers, counted as the contract lists them."""

    def test(call: Call, stub: Stub) -> bool:
        headers = call.operation.required_headers
        asked = call.is_listing and call.token == stub.token and when(call)
        if len(headers) <= index or not asked:
            return False
        return call.header(headers[index].name.lower().encode()) is not None

    return test


FAULTS = (
    Fault(
        "accept-json-refused",
        "Says that JSON is not acceptable to it, and answers those who do not ask for it.",
        ("HDR-01",),
        instead(refusing(406, "format is not available"), _sent(0)),
        hides=("HDR-02", "HDR-03", "HDR-04"),
    ),
    Fault(
        "content-type-on-get-refused",
        "Refuses a GET that has a Content-Type, since it has no body.",
        ("HDR-01",),
        instead(refusing(415, "a GET has no body"), _sent(1)),
        hides=("HDR-02", "HDR-03", "HDR-04"),
    ),
    Fault(
        "content-type-refused-from-page-2",
        "Refuses the documented headers on all pages but the first.",
        ("HDR-01",),
        instead(refusing(415, "a GET has no body"), _sent(1, conditions.from_page(2))),
    ),
)
