"""JSON arrays, laid out in any way: the same lines as NDJSON."""

import io
import json
import tracemalloc
from decimal import Decimal
from itertools import chain, repeat
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bulk import import_files, json_array
from app.bulk.sources.physical_lines import MAX_LINE_BYTES
from app.domain.errors import Code, FieldError

TEA = {"sku": 'A ",]}[{\\', "name": "Té, grün", "price": 5.5, "categories": ["A > B", "C"]}
POT = {"sku": "B", "name": "Pot", "price": 6}


def members(text: str | bytes, suffix: str = "") -> list[tuple[int, Any]]:
    """The lines of a file as (number, members), faults as their codes."""
    stream = io.BytesIO(text.encode() if isinstance(text, str) else text)
    lines = [(each.line.number, each.line.members) for each in import_files.read(stream, suffix)]
    return [(n, what.code if isinstance(what, FieldError) else what) for n, what in lines]


@pytest.mark.parametrize("layout", [{}, {"indent": 2}, {"separators": (",", ":")}, {"ensure_ascii": False}])
@pytest.mark.parametrize("around", ["{}", "\ufeff\n {} \r\n\n"])
def test_layouts(layout: dict[str, Any], around: str) -> None:
    """An array is read whatever stands between its elements."""
    found = members(around.format(json.dumps([TEA, POT], **layout)))
    assert [what for _, what in found] == [TEA | {"price": Decimal("5.5")}, POT]


def test_numbers() -> None:
    """Elements are numbered, wherever they stand."""
    assert [number for number, _ in members("[\n {},\n\n  {\n },{},\n 5\n]", ".json")] == [1, 2, 3, 4]
    assert members("[]") == members("[\n]") == []


@pytest.mark.parametrize("bad", ["5", "null", "{", "{'a': 1}", '{"sku": "A"} {}', "[1, [2], {}]"])
def test_bad_elements(bad: str) -> None:
    """An element that is no object is a bad line, and the others are read where it has an end."""
    found = members(f'[{{"sku": "A"}}, {bad}, {{"sku": "B"}}]')
    assert found[0] == (1, {"sku": "A"})
    assert found[1] == (2, Code.MALFORMED_REQUEST)
    assert bad == "{" or found[2:] == [(3, {"sku": "B"})]


@pytest.mark.parametrize("text", ['[{"sku": "A"}', '[{"sku": "A"},', '[{"sku": "A"}] x', '[{"sku": "A"}][{}]'])
def test_ends(text: str) -> None:
    """An array that does not end is a bad line, and so is what stands behind its end: nothing is lost in silence."""
    first, last = members(text)
    assert (first, last[1]) == ((1, {"sku": "A"}), Code.MALFORMED_REQUEST)


@given(
    st.lists(st.dictionaries(st.text(), st.text() | st.lists(st.text()) | st.floats(allow_nan=False))), st.booleans()
)
def test_any_array(items: list[dict[str, Any]], indented: bool) -> None:
    """The elements are those that json reads, whatever they hold."""
    text = json.dumps(items, indent=2 if indented else None).encode()
    assert [json.loads(each.text) for each in json_array.elements(io.BytesIO(text)) if each.text.strip()] == items


def test_cut_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a chunk of the file ends makes no difference."""
    text = json.dumps([TEA] * 30).encode()
    whole = list(json_array.elements(io.BytesIO(text)))
    for size in (1, 2, 3, 7):
        monkeypatch.setattr(json_array, "_CHUNK", size)
        assert list(json_array.elements(io.BytesIO(text))) == whole


def test_long_elements_are_bad_lines_not_memory() -> None:
    """An element of 50 MB takes the memory of one of a megabyte or so; the next one is read."""
    chunks = chain([b'[{"sku": "'], repeat(b"x" * 50_000, 1_000), [b'"}, {"sku": "B"}]'])
    stream = io.BytesIO()
    stream.read = lambda _: next(chunks, b"")  # type: ignore[method-assign, assignment]
    tracemalloc.start()
    long, short = json_array.elements(stream)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (long.whole, long.size > MAX_LINE_BYTES, short.text) == (False, True, b' {"sku": "B"}')
    assert peak < 8_000_000
