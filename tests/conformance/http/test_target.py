from __future__ import annotations

import pytest

from ruangkerja.conformance.http.target import Target, TargetError


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("http://127.0.0.1", ("http", "127.0.0.1", 80, "")),
        ("https://API.Example.com", ("https", "api.example.com", 443, "")),
        ("HTTP://localhost:8080/", ("http", "localhost", 8080, "")),
        ("https://h/api/v1/", ("https", "h", 443, "/api/v1")),
        ("http://h//a//", ("http", "h", 80, "//a")),
        ("http://h/%2f/../%zz;x=1,@:", ("http", "h", 80, "/%2f/../%zz;x=1,@:")),
        ("http://[::1]:8080/v1", ("http", "::1", 8080, "/v1")),
        ("http://[2001:DB8:0::1]", ("http", "2001:db8::1", 80, "")),
        ("http://my_service.internal.:9", ("http", "my_service.internal.", 9, "")),
        ("http://3com.example:65535", ("http", "3com.example", 65535, "")),
        ("http://xn--bcher-kva.example", ("http", "xn--bcher-kva.example", 80, "")),
    ],
)
def test_a_base_url_is_taken_apart(url: str, parts: tuple[str, str, int, str]) -> None:
    target = Target.parse(url)

    assert (target.scheme, target.host, target.port, target.prefix) == parts


@pytest.mark.parametrize(
    ("url", "shortest", "authority"),
    [
        ("http://H:80/", "http://h", "h"),
        ("https://h:443/api/", "https://h/api", "h"),
        ("https://h:80", "https://h:80", "h:80"),
        ("http://[::1]:80", "http://[::1]", "[::1]"),
        ("http://[0:0::1]:81/x", "http://[::1]:81/x", "[::1]:81"),
    ],
)
def test_the_url_is_given_in_its_shortest_form(url: str, shortest: str, authority: str) -> None:
    target = Target.parse(url)

    assert (target.url, target.authority) == (shortest, authority)
    assert Target.parse(target.url) == target


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:1", True),
        ("http://LOCALHOST", True),
        ("http://127.0.0.1", True),
        ("http://127.255.255.254", True),
        ("http://[::1]", True),
        ("http://128.0.0.1", False),
        ("http://0.0.0.0", False),
        ("http://[::]", False),
        ("http://[::ffff:127.0.0.1]", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.example.com", False),
    ],
)
def test_loopback_is_what_surely_is_this_machine(url: str, loopback: bool) -> None:
    assert Target.parse(url).is_loopback is loopback


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "the URL is empty"),
        ("localhost:8080", "'localhost:8080': it does not start with http:// or https://"),
        ("//h", "does not start with"),
        ("ftp://h", "the scheme is ftp; supported are http and https"),
        ("http://", "there is no host"),
        ("http:///path", "there is no host"),
        ("http://:80", "there is no host"),
        ("http://h:", "there is no port after the colon"),
        ("http://h:0", "the port '0' is not a number from 1 to 65535"),
        ("http://h:65536", "the port '65536' is not"),
        ("http://h:+80", r"the port '\+80' is not"),
        ("http://h:8O", "the port '8O' is not"),
        ("http://h:000080", "the port '000080' is not"),
        ("http://h/a?b=c", "a base URL cannot have a query or a fragment"),
        ("http://h#", "a query or a fragment"),
        ("http://u:p@h", "the URL cannot have a user or a password"),
        ("http://@h", "a user or a password"),
        ("http://a b", "a space at character 9"),
        (" http://h", "a space at character 1"),
        ("http://h/\n", r"U\+000A at character 10"),
        ("http://bücher.example", r"U\+00FC at character 9 has to be percent-encoded"),
        ("http://::1", "an IPv6 address needs brackets"),
        ("http://[::1", "the bracket of the IPv6 address is not closed"),
        ("http://[::1]8080", "only a port, as in"),
        ("http://[1.2.3.4]", "the text in brackets is not an IPv6 address"),
        ("http://[fe80::1%25eth0]", "IPv6 zones"),
        ("http://256.0.0.1", "four numbers from 0 to 255"),
        ("http://127.1", "four numbers from 0 to 255"),
        ("http://0x7f000001", "four numbers from 0 to 255"),
        ("http://127.0.0.01", "four numbers from 0 to 255"),
        ("http://a..b", "the host is not a name"),
        ("http://a%2eb", "the host is not a name"),
        ("http://" + "a" * 64, "the host is not a name"),
        ("http://" + "a." * 127 + "aa", "the host is not a name"),
    ],
)
def test_what_is_no_base_url_is_refused_with_the_reason_and_an_example(url: str, says: str) -> None:
    with pytest.raises(TargetError, match=says) as raised:
        Target.parse(url)

    assert "such as https://staging.example.com/api" in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://user:hush@h",
        "http://user:hush@h:port",
        "http://user:hu sh@h",
        "http://h?token=hush",
        "h#hush",
        "ftp://h?hush",
    ],
)
def test_an_error_repeats_nothing_that_may_be_secret(url: str) -> None:
    with pytest.raises(TargetError) as raised:
        Target.parse(url)

    assert "hush" not in str(raised.value).replace(" ", "")


def test_a_long_url_is_cut_in_the_error() -> None:
    with pytest.raises(TargetError) as raised:
        Target.parse("x" * 1_000_000)

    assert len(str(raised.value)) < 400
