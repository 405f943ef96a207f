"""The `Accept` header: which types a client takes."""

from app.http.headers import accept


def test_quality() -> None:
    """The most specific range decides."""
    header = "text/*;q=0.3, text/html;q=0.7, */*;q=0.5"
    assert [accept.quality(header, one) for one in ("text/html", "text/plain", "image/png")] == [0.7, 0.3, 0.5]


def test_long_ones() -> None:
    """Ranges beyond the first 4 KiB count for nothing; what caches keep is short."""
    many = "application/json;q=0.9, " + "a/b, " * 10_000 + "text/csv"
    assert len(accept.media_ranges(many)) == 2
    assert accept.quality(many, "text/csv") == 0
    assert accept.takes_json(many)
    assert accept.takes_json("a/b" * 10_000)  # no range can be read, as if there were none
