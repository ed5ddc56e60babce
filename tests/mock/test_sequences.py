from __future__ import annotations

from ruangkerja.mock import sequences
from ruangkerja.mock.sequences import Limit, Sequences

TWICE = Limit(times=2)
UNTIL = Limit()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def told(known: Sequences, *name: str, limit: Limit = TWICE, token: bytes = b"a") -> str | None:
    left = known.left(name, limit, token)
    return None if left is None else str(left)


def test_each_sequence_counts_its_own_requests() -> None:
    known = Sequences()
    assert [told(known, "id", "a") for _ in range(4)] == [
        "times=2; left=1",
        "times=2; left=0",
        None,
        None,
    ]
    assert told(known, "id", "b") == "times=2; left=1"


def test_a_token_fails_until_another_one_comes_and_goes_on_failing() -> None:
    known = Sequences()
    found = [told(known, "id", "a", limit=UNTIL, token=token) for token in (b"1", b"1", b"2", b"1")]
    assert found == ["until=another-token", "until=another-token", None, "until=another-token"]


def test_a_sequence_starts_again_when_nobody_used_it_for_a_while() -> None:
    clock = Clock()
    known = Sequences(clock)
    assert [told(known, "id", "a") for _ in range(3)][-1] is None
    clock.now = sequences.LIFE
    assert told(known, "id", "a") is None
    clock.now += sequences.LIFE + 1
    assert told(known, "id", "a") == "times=2; left=1"


def test_a_bounded_number_of_sequences_of_bounded_size_is_kept() -> None:
    known = Sequences()
    for number in range(sequences.MOST + 100):
        told(known, "path", "operation", f"{number:0200}", token=b"t" * 10_000)
        told(known, "path", "operation", "used again and again")
    assert len(known) == sequences.MOST
    assert told(known, "path", "operation", "used again and again") is None
    assert told(known, "path", "operation", f"{0:0200}") == "times=2; left=1"
    assert b"ttt" not in repr(vars(known)).encode()


def test_the_sequences_of_an_id_can_be_forgotten() -> None:
    known = Sequences()
    for name in ("a", "b"):
        told(known, "id", name, "code=503")
    known.forget("id", "a")
    assert told(known, "id", "a", "code=503") == "times=2; left=1"
    assert told(known, "id", "b", "code=503") == "times=2; left=0"
