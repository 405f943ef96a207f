"""Entity tags: the version decides, the stock only for those who set it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import etags
from app.domain.errors import PreconditionFailed

bounded = settings(derandomize=True, deadline=None, max_examples=300)

versions = st.integers(1, 2**62)
stocks = st.one_of(st.none(), st.integers(0, 2**31 - 1))
bodies = st.one_of(st.none(), st.binary(max_size=20))


def passes(condition: str | None, now: etags.State, *, stock: bool = False) -> bool:
    """Whether a condition holds."""
    try:
        etags.require(condition, now, stock=stock)
    except PreconditionFailed:
        return False
    return True


@bounded
@given(versions, stocks, bodies, versions, stocks)
def test_who_passes(version: int, stock: int | None, body: bytes | None, now: int, stock_now: int | None) -> None:
    """A tag passes if its version is the present one; for whoever sets the stock, if its stock is too."""
    tag, state = etags.tag(etags.state(version, stock), body), etags.state(now, stock_now)
    assert passes(tag, state) == (version == now)
    assert passes(tag, state, stock=True) == (version == now and stock == stock_now)


@bounded
@given(versions, stocks, bodies)
def test_the_present_tag(version: int, stock: int | None, body: bytes | None) -> None:
    """The present tag passes by itself, bare, and among others; so does `*`, and no condition at all."""
    state = etags.state(version, stock)
    tag = etags.tag(state, body)
    for condition in (tag, tag.strip('"'), f'"other", {tag}', f'{tag},"other"', f"  {tag} ", "*", None):
        assert passes(condition, state, stock=True)


@bounded
@given(versions, stocks, st.binary(), st.binary())
def test_tags_change_with_what_is_shown(version: int, stock: int | None, shown: bytes, other: bytes) -> None:
    """Two bodies have one tag exactly if they are equal; a tag of a part does not show the stock."""
    state = etags.state(version, stock)
    assert (etags.tag(state, shown) == etags.tag(state, other)) == (shown == other)
    part = etags.tag(etags.State(version, ""), shown)
    assert passes(part, state)
    assert not passes(part, state, stock=True)


@bounded
@given(st.text())
def test_garbage(condition: str) -> None:
    """A condition that holds no tag of ours refuses, and nothing else comes of it."""
    if condition.strip() != "*" and "7" not in condition:
        assert not passes(condition, etags.State(7, "7"))


@pytest.mark.parametrize(
    "condition", ["", '""', 'W/"7.-"', '"7"', '"7."x', '"7.-.zz"', '"07.-', '"' + "7" * 30 + '.-"']
)
def test_close_by(condition: str) -> None:
    """What is nearly a tag is none; weak tags never match (RFC 9110, section 13.1.1)."""
    assert not passes(condition, etags.state(7, None))
