from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruangkerja.conformance.http.content_coding import decoder
from ruangkerja.conformance.http.exchange import FailureKind
from ruangkerja.conformance.http.wire import WireError

if TYPE_CHECKING:
    from collections.abc import Callable


def gzipped(data: bytes) -> bytes:
    # Without the time in it, so that every process gives the tests the same names.
    return gzip.compress(data, mtime=0)


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "gzip": gzipped,
    "X-GZip": gzipped,
    "identity, gzip": gzipped,
    "deflate": zlib.compress,
    "Deflate": raw_deflate,
}


def decoded(coding: str, *pieces: bytes, limit: int = 1_000_000) -> bytes:
    body = decoder(coding, limit)
    for piece in pieces:
        body.feed(piece)
    return body.finish()


@given(st.sampled_from(sorted(ENCODERS)), st.binary(), st.integers(1, 50))
def test_a_body_is_decoded_in_whatever_pieces_it_comes(coding: str, data: bytes, step: int) -> None:
    encoded = ENCODERS[coding](data)
    pieces = [encoded[start : start + step] for start in range(0, len(encoded), step)]

    assert decoded(coding, *pieces) == data


def test_gzip_may_have_several_members() -> None:
    assert decoded("gzip", gzipped(b"a") + gzipped(b"") + gzipped(b"b")) == b"ab"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, br"])
def test_a_body_of_no_bytes_is_empty_whatever_its_label(coding: str) -> None:
    assert decoded(coding) == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate", "Deflate"])
@pytest.mark.parametrize("size", [999, 1000, 1001])
def test_what_comes_out_is_bounded(coding: str, size: int) -> None:
    encoded = ENCODERS[coding](b"\0" * size)

    if size <= 1000:
        assert decoded(coding, encoded, limit=1000) == b"\0" * size
    else:
        with pytest.raises(WireError, match="larger than the limit of 1,000 bytes") as raised:
            decoded(coding, encoded, limit=1000)
        assert raised.value.kind is FailureKind.TOO_LARGE


def test_a_bomb_is_stopped_before_it_goes_off() -> None:
    stream = zlib.compressobj(9)
    bomb = b"".join(stream.compress(b"\0" * 1_000_000) for _ in range(200)) + stream.flush()

    with pytest.raises(WireError) as raised:
        decoded("deflate", bomb, limit=1000)
    assert raised.value.kind is FailureKind.TOO_LARGE


@pytest.mark.parametrize(
    ("coding", "encoded", "says"),
    [
        ("gzip", b"plain text", "not valid gzip: incorrect header check"),
        ("gzip", gzipped(b"a" * 99)[:-1], "it ends too early"),
        ("gzip", gzipped(b"a")[:1], "it ends too early"),
        ("gzip", gzipped(b"a")[:-8] + b"\0" * 8, "incorrect data check"),
        ("gzip", gzipped(b"a") + b"xyz", "incorrect header check"),
        ("deflate", zlib.compress(b"a")[:-4] + b"\0" * 4, "incorrect data check"),
        ("deflate", zlib.compress(b"a") + b"x", "more bytes follow its end"),
        ("deflate", raw_deflate(b"a")[:-1], "it ends too early"),
        ("deflate", b"\xff\xff", "invalid block type"),
        ("deflate", b"x", "it ends too early"),
    ],
)
def test_a_broken_body_has_the_wrong_coding(coding: str, encoded: bytes, says: str) -> None:
    with pytest.raises(WireError, match=says) as raised:
        decoded(coding, encoded)

    assert raised.value.kind is FailureKind.CODING


@pytest.mark.parametrize(
    ("coding", "encoded", "kind"),
    [
        ("br", b"x", FailureKind.UNDECODED),
        ("zstd", b"\x28\xb5\x2f\xfd", FailureKind.UNDECODED),
        ("gzip, gzip", b"x", FailureKind.UNDECODED),
        ("gzip, br", b"x", FailureKind.UNDECODED),
        ("aes128gcm", b"x", FailureKind.UNDECODED),
        ("br", b'{"a": 1}', FailureKind.CODING),
        ("zstd", b"x", FailureKind.CODING),
        ("compress", gzipped(b"x"), FailureKind.CODING),
        ("utf-8", b"x", FailureKind.CODING),
        ("gzip, json", b"x", FailureKind.CODING),
    ],
)
def test_any_other_coding_is_named_and_wrong_only_if_that_is_certain(
    coding: str, encoded: bytes, kind: FailureKind
) -> None:
    with pytest.raises(WireError) as raised:
        decoded(coding, encoded)

    assert raised.value.kind is kind
    assert f"'{coding}'" in raised.value.told(str)
