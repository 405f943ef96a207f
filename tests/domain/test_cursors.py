"""Cursors: what is made is read back, and nothing else is."""

import base64

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.domain.errors import InvalidCursor
from app.domain.models import MAX_ID
from app.domain.pagination import cursors
from app.domain.pagination.cursors import Place

bounded = settings(derandomize=True, deadline=None, max_examples=300)

ids = st.integers(1, MAX_ID)
numbers = st.integers(-(2**63) + 1, 2**63 - 1)
keys = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
sorts = st.sampled_from(["id", "-id", "name", "-name", "price", "-price"])
fingerprints = st.binary(max_size=4).map(cursors.hash_parts)


def encoded(text: str) -> str:
    """Text as cursors are packed."""
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@bounded
@given(sorts, fingerprints, st.one_of(numbers, keys), ids)
def test_round_trip(sort: str, fingerprint: str, key: int | str, identity: int) -> None:
    """A place comes back from its cursor, whatever the key is; the cursor needs no escaping in a URL."""
    cursor = cursors.encode(sort, fingerprint, Place(key, identity))
    assert cursors.decode(cursor, sort, fingerprint, type(key)) == Place(key, identity)
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@bounded
@given(sorts, fingerprints, sorts, fingerprints, numbers, ids)
def test_foreign(sort: str, fingerprint: str, its_sort: str, its_fingerprint: str, key: int, identity: int) -> None:
    """A cursor of another sort or list is refused."""
    assume((sort, fingerprint) != (its_sort, its_fingerprint))
    with pytest.raises(InvalidCursor):
        cursors.decode(cursors.encode(its_sort, its_fingerprint, Place(key, identity)), sort, fingerprint, int)


@bounded
@given(st.one_of(st.text(), st.binary().map(lambda b: base64.urlsafe_b64encode(b).decode()), keys.map(encoded)))
def test_garbage(cursor: str) -> None:
    """Garbage is refused, never misread, whatever it is made of."""
    for kind in (int, str):
        with pytest.raises(InvalidCursor):
            cursors.decode(cursor, "id", "0" * 8, kind)


@bounded
@given(fingerprints, numbers, ids, st.data())
def test_tampered(fingerprint: str, key: int, identity: int, data: st.DataObject) -> None:
    """A cursor has one spelling: change, add or drop a character, and it is refused or stands for another place."""
    cursor = cursors.encode("price", fingerprint, Place(key, identity))
    at = data.draw(st.integers(0, len(cursor) - 1))
    put = data.draw(st.text("ABCabc019-_=+/ \n", max_size=2))
    other = cursor[:at] + put + cursor[at + data.draw(st.integers(0, 1)) :]
    assume(other != cursor)
    try:
        place = cursors.decode(other, "price", fingerprint, int)
    except InvalidCursor:
        return
    assert place != Place(key, identity)
    assert cursors.encode("price", fingerprint, place) == other


@pytest.mark.parametrize(
    "packed",
    [
        "3|id|{}|1|1", "|id|{}|1|1", "2|id|{}|1", "2|id|{}|0|1", "2|id|{}|-1|1", "2|id|{}|9007199254740992|1",
        "2|id|{}|1|9223372036854775808", "2|id|{}| 1|1", "2|id|{}|1|1_0", "2|id|{}|1|", "2|id|{}|١|1", "2|id|{}|1|0x1",
    ],
)  # fmt: skip
def test_packed_garbage(packed: str) -> None:
    """What is packed as a cursor is, but holds another version or no place, is refused."""
    fingerprint = cursors.hash_parts("products")
    assert cursors.decode(encoded(f"2|id|{fingerprint}|1|1"), "id", fingerprint, int) == Place(1, 1)
    with pytest.raises(InvalidCursor):
        cursors.decode(encoded(packed.format(fingerprint)), "id", fingerprint, int)
