"""Import files: what is read of NDJSON and CSV, and in how much memory."""

import io
import tracemalloc
from decimal import Decimal
from itertools import chain, repeat
from typing import Any

import pytest

from app.bulk.import_files import read
from app.bulk.import_options import UnreadableFile
from app.bulk.sources.physical_lines import MAX_LINE_BYTES
from app.domain.errors import Code, FieldError


def members(text: str | bytes, suffix: str = "") -> list[tuple[int, Any]]:
    """The lines of a file as (number, members), faults as their codes."""
    stream = io.BytesIO(text.encode() if isinstance(text, str) else text)
    found = [(each.line.number, each.line.members) for each in read(stream, suffix)]
    return [(n, what.code if isinstance(what, FieldError) else what) for n, what in found]


def test_ndjson() -> None:
    """Numbers are exact, unknown members are dropped, blank lines count but say nothing, the last may end anyhow."""
    text = '\ufeff{"sku":"a","price":19.90,"colour":"x"}\r\n\n{"sku":"b","stock":3}'
    assert members(text) == [(1, {"sku": "a", "price": Decimal("19.90")}), (3, {"sku": "b", "stock": 3})]


@pytest.mark.parametrize(
    "line",
    [
        "{}}",
        "5",
        "null",
        '{"sku":"a"} {}',
        '{"price":NaN}',
        '{"price":-Infinity}',
        '{"price":1e999999999}',
        '{"price":' + "9" * 5000 + "}",
        '{"x":' + "[" * 100_000 + "]" * 100_000 + "}",
        b'{"sku":"\xff"}',
        b"\x00",
        "sku,name",
    ],
)
def test_malformed_ndjson(line: str | bytes) -> None:
    """What is no JSON object with finite numbers is a bad line, and the next one is read."""
    line = line.encode() if isinstance(line, str) else line
    found = members(line + b'\n{"sku":"b"}\n', ".ndjson")
    assert found == [(1, Code.MALFORMED_REQUEST), (2, {"sku": "b"})]


def test_csv() -> None:
    """A CSV file says the same in cells: nothing is absent, `|` stands between categories, numbers are exact."""
    text = (
        "\ufeffsku,colour,name,price,stock,categories,description\r\n"
        'a,x,"Tea, ""green""",19.90,3,"A > B|C\\|D|E\\\\","two\nlines"\r\n'
        "b,,,,,\r\n"
        "\r\n"
        "c,x,Pot,1e2,x,\n"
    )
    named = {"name": 'Tea, "green"', "price": Decimal("19.90"), "stock": 3, "description": "two\nlines"}
    assert members(text) == [
        (2, {"sku": "a", **named, "categories": ["A > B", "C|D", "E\\\\"]}),
        (4, {"sku": "b"}),
        (6, {"sku": "c", "name": "Pot", "price": Decimal(100), "stock": "x"}),
    ]


@pytest.mark.parametrize("bad", ["a,b,c", '"a"b,c', b"\xff,b", b"a,\xff"])
def test_malformed_csv(bad: str | bytes) -> None:
    """A record that cannot be read is a bad line, and the next one is read."""
    bad = bad.encode() if isinstance(bad, str) else bad
    found = members(b"sku,name\n" + bad + b"\nb,B\n")
    assert found == [(2, Code.MALFORMED_REQUEST), (3, {"sku": "b", "name": "B"})]


def test_unclosed_quote() -> None:
    """A quote that nobody closes makes its own line a bad one; those after it are read, and no file is in memory."""
    good = {"sku": "b", "name": "B"}
    assert members('sku,name\na,"A\nb,B\n') == [(2, Code.MALFORMED_REQUEST), (3, good)]
    assert members('sku,name\na,"A\nb,"B"\nb,B') == [(2, Code.MALFORMED_REQUEST), (3, good), (4, good)]
    found = members('sku,name\na,"A\n' + f"b,{'B' * 200}\n" * 6_000)
    assert found == [(2, Code.PAYLOAD_TOO_LARGE), *((n, {"sku": "b", "name": "B" * 200}) for n in range(3, 6_003))]
    found = members("sku,name\n" + 'a,"A\nb,B\n' * 2_000)
    assert [what for _, what in found] == [Code.MALFORMED_REQUEST, good] * 2_000
    sizes = [line.size for line in read(io.BytesIO(b'sku,name\na,"A\nb,B\nc,"C\nC"\n'))]
    assert sizes == [5, 4, 8]


def test_short_rows_tell_the_decimal_mark() -> None:
    """The first megabyte decides how numbers are read, however many rows it has."""
    text = b"sku;name;price\n" + b"S;N;1.234\n" * 12_000 + b"S;N;12,5\n"
    first = next(iter(read(io.BytesIO(text), ".csv")))
    assert isinstance(first.line.members, dict)
    assert first.line.members["price"] == 1234


def test_quotes_that_never_close() -> None:
    """Lines that each leave a quote open are read few times: some records are bad with all their lines."""
    text = b"sku,name\n" + b'a","A\n' * 40_000
    found = list(read(io.BytesIO(text)))
    assert all(isinstance(one.line.members, FieldError) for one in found)
    assert len(found) < 10
    assert sum(one.size for one in found) == len(text) - len(b"sku,name\n")


@pytest.mark.parametrize("text", ["name,price\n", "\n\n<html>", '"sku', "x" * (MAX_LINE_BYTES + 1)])
def test_no_header(text: str) -> None:
    """A file that names no sku is refused whole."""
    with pytest.raises(UnreadableFile):
        members(text)


def test_suffix_goes_before_sniffing() -> None:
    """The suffix decides what a file is; without one that tells, its first character does."""
    assert members('{"sku":"a"}\n', ".txt") == [(1, {"sku": "a"})]
    assert members("sku\na\n", ".txt") == [(2, {"sku": "a"})]
    assert members("sku\na\n", ".JSONL") == [(1, Code.MALFORMED_REQUEST), (2, Code.MALFORMED_REQUEST)]
    with pytest.raises(UnreadableFile):
        members('{"sku":"a"}\n', ".csv")
    assert members("") == members("\n \n") == []


class _Long(io.RawIOBase):
    """A stream of one character between a beginning and an end, never in memory as a whole."""

    def __init__(self, beginning: bytes, length: int, end: bytes) -> None:
        self._chunks = chain([beginning], repeat(b"x" * 1000, length // 1000), [end])
        self._rest = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next chunk, or as much of it as there is room for."""
        chunk = self._rest or next(self._chunks, b"")
        size = min(len(chunk), len(buffer))
        buffer[:size], self._rest = chunk[:size], chunk[size:]
        return size


@pytest.mark.parametrize(("suffix", "beginning"), [(".ndjson", b" "), (".csv", b"sku\n")])
def test_long_lines_are_bad_lines_not_memory(suffix: str, beginning: bytes) -> None:
    """A line of 100 MB takes the memory of one of a megabyte or so, and its bytes are accounted for."""
    stream = io.BufferedReader(_Long(beginning, 100_000_000, b'\n{"sku":"b"}\n'))
    tracemalloc.start()
    found = list(read(stream, suffix))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(found[0].line.members, FieldError)
    assert found[0].line.members.code is Code.PAYLOAD_TOO_LARGE
    assert found[0].size in {100_000_001, 100_000_002}
    assert len(found) == 2
    assert peak < 8_000_000
