"""Many ids and their versions as a short text."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.changes import runs


@given(st.dictionaries(st.integers(1, 60) | st.integers(1, 2**53 - 1), st.integers(1, 3), min_size=1))
def test_round_trip(versions: dict[int, int]) -> None:
    """What is encoded is decoded."""
    ordered = sorted(versions.items())
    assert list(runs.decode(runs.encode(ordered))) == ordered


def test_short() -> None:
    """Neighbours of one version are one run."""
    assert runs.encode([*((n, 1) for n in range(1, 1001)), (1001, 2), (1003, 2)]) == "1-1000@1,1001@2,1003@2"
