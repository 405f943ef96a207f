"""Range fields, and the bytes that they ask for (RFC 9110, section 14)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.http.headers.ranges import MAX_RANGES, Span, Unsatisfiable, parse_ranges

SIZE = 10_000


@pytest.mark.parametrize(
    ("field", "spans"),
    [
        ("bytes=0-499", [(0, 500)]),  # the examples of section 14.1.2
        ("bytes=500-999", [(500, 1000)]),
        ("bytes=-500", [(9500, SIZE)]),
        ("bytes=9500-", [(9500, SIZE)]),
        ("bytes=0-0,-1", [(0, 1), (9999, SIZE)]),
        ("bytes= 0-999, 4500-5499, -1000", [(0, 1000), (4500, 5500), (9000, SIZE)]),
        ("bytes=500-600,601-999", [(500, 1000)]),
        ("bytes=500-700,601-999", [(500, 1000)]),
        ("bytes=0-", [(0, SIZE)]),
        ("bytes=9999-", [(9999, SIZE)]),
        ("bytes=0-99999", [(0, SIZE)]),  # the last position may be beyond the end
        ("bytes=-99999", [(0, SIZE)]),  # a suffix that is longer than the whole is the whole
        ("BYTES=1-1", [(1, 2)]),  # units are case-insensitive
        ("bytes=0-0,,\t-1 ,", [(0, 1), (9999, SIZE)]),  # lists may have empty elements
        ("bytes=0-0,20000-30000", [(0, 1)]),  # what cannot be satisfied is left out
        ("bytes=20000-,-0,5-5", [(5, 6)]),
        ("bytes=9000-9009,0-9", [(9000, 9010), (0, 10)]),  # in the order of the request
        ("bytes=100-199,0-50", [(0, 200)]),  # a gap smaller than a part's header is sent along
        (f"bytes=0-{'9' * 5000}", [(0, SIZE)]),  # numbers of any length (section 14.1.2)
        (f"bytes={'0' * 5000}7-8", [(7, 9)]),
    ],
)
def test_satisfiable(field: str, spans: list[tuple[int, int]]) -> None:
    """Every form of a range gives the bytes that it names, as far as there are any."""
    assert parse_ranges([field], SIZE) == tuple(Span(*span) for span in spans)


@pytest.mark.parametrize(
    "field",
    [
        *("bytes", "bytes=", "bytes=,", "bytes=abc", "bytes=1", "bytes=-", "bytes=--1", "bytes=1--2", "bytes=1-2-3"),
        *("bytes=5-4", "bytes=0-0,5-4", "bytes=0-0;1-1", "bytes=0x1-2", "bytes=1.0-2", "bytes=+1-2", "bytes=٣-٤"),
        *("items=0-1", "seconds=1-2", "none", "", "bytes:0-1", "bytes =0-1", "bytes=1 -2"),
        "bytes=" + ",".join(f"{n * 200}-{n * 200}" for n in range(MAX_RANGES + 1)),
        "bytes=" + "0-," * 500,
    ],
)
def test_ignored(field: str) -> None:
    """What is malformed, of an unknown unit, or too much is ignored: the whole is sent (section 14.2)."""
    assert parse_ranges([field], SIZE) is None


@pytest.mark.parametrize(
    "field", ["bytes=10000-", "bytes=10000-10001", "bytes=-0", "bytes=99999-,-0", f"bytes={'9' * 5000}-"]
)
def test_unsatisfiable(field: str) -> None:
    """Ranges that have no byte at all are told from those that are malformed."""
    with pytest.raises(Unsatisfiable):
        parse_ranges([field], SIZE)


def test_no_field_and_several_fields() -> None:
    """Without the field, or with several of them, the whole is sent."""
    assert parse_ranges([], SIZE) is None
    assert parse_ranges(["bytes=0-1", "bytes=3-4"], SIZE) is None


def test_of_nothing() -> None:
    """The end of nothing is nothing, as a whole; any other part of it is not there."""
    assert parse_ranges(["bytes=-5"], 0) is None
    for field in ("bytes=0-", "bytes=0-0", "bytes=-0"):
        with pytest.raises(Unsatisfiable):
            parse_ranges([field], 0)


_POSITIONS = st.integers(0, 120)
_SPECS = st.one_of(
    st.tuples(_POSITIONS, _POSITIONS).map(lambda pair: f"{min(pair)}-{max(pair)}"),
    _POSITIONS.map(lambda first: f"{first}-"),
    _POSITIONS.map(lambda last: f"-{last}"),
)


@given(st.lists(_SPECS, min_size=1, max_size=MAX_RANGES), st.integers(1, 100))
def test_any_ranges(specs: list[str], size: int) -> None:
    """Whatever is asked for is in what is found, which does not overlap and has no byte that is not there."""
    wanted: set[int] = set()
    for spec in specs:
        first, _, last = spec.partition("-")
        start = int(first) if first else max(0, size - int(last))
        wanted |= set(range(start, min(size, int(last) + 1) if first and last else size))
    if not wanted:
        with pytest.raises(Unsatisfiable):
            parse_ranges([f"bytes={','.join(specs)}"], size)
        return
    found = parse_ranges([f"bytes={','.join(specs)}"], size)
    assert found is not None
    assert all(0 <= span.start < span.stop <= size for span in found)
    sent = [position for span in found for position in range(*span)]
    assert len(sent) == len(set(sent))
    assert wanted <= set(sent)
