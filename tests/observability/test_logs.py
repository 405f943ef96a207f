"""Stack traces: whole, and without what messages quote."""

from app.observability.logs import redacted, safe_traceback

_SECRET = "hunter2"


def _raise(error: Exception) -> str:
    try:
        try:
            raise error  # noqa: TRY301 - the stack is what the test is about
        except Exception as first:
            raise RuntimeError("gave up") from first
    except RuntimeError as second:
        return safe_traceback(second)


def test_whole_stack() -> None:
    """Both errors of a chain with their frames and types, in the order in which they came about."""
    text = _raise(KeyError("name"))
    assert text.index("KeyError") < text.index("The above led to") < text.index("RuntimeError: gave up")
    assert text.count("test_logs.py") >= 2


def test_chains_without_end() -> None:
    """An error that led to itself, or a circle of them, or a chain of thousands, is told like any other."""
    own, first, second = ValueError("own"), KeyError("first"), ValueError("second")
    own.__cause__ = own
    assert safe_traceback(own).count("ValueError: own") == 1
    first.__cause__, second.__cause__ = second, first
    assert "ValueError: second" in safe_traceback(first)
    link = ValueError("begin")
    for number in range(3000):
        after = ValueError(f"link {number}")
        after.__context__ = link
        link = after
    assert safe_traceback(link).endswith("ValueError: link 2999")


def test_quoted_values_are_masked() -> None:
    """What drivers and parsers quote may be a secret."""
    for error in (
        ValueError(f"invalid literal for int() with base 10: '{_SECRET}'"),
        ValueError(f'could not convert "{_SECRET}"'),
        ValueError(f"Key (sku)=({_SECRET}) already exists."),
        ValueError(f"invalid input for query argument $1: {_SECRET} (value out of int64 range)"),
        ValueError(f"cannot use '{_SECRET}{'=(' * 100_000}'"),
    ):
        assert _SECRET not in _raise(error)


def test_keys_are_masked() -> None:
    """Of an API key its id alone is left, wherever in a line it stands; what only looks a little like one stays."""
    key = "tdm_0123456789abcdef_AbC-_dEf"
    assert redacted(f'{{"path":"/v2/{key}?x={key}"}}') == (
        '{"path":"/v2/tdm_0123456789abcdef_…?x=tdm_0123456789abcdef_…"}'
    )
    assert redacted("tdm_0123 and tdm_ and _tdm") == "tdm_0123 and tdm_ and _tdm"
