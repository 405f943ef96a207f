"""Entity tags: the version decides, the stock only for those who set it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import etags
from app.domain.errors import PreconditionFailed
from app.domain.etags import State

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


@pytest.mark.parametrize("suffix", ["", "-gzip", "--gzip", ";gzip", "-br", "-zstd", "-deflate"])
@pytest.mark.parametrize("weak", ["", "W/"])
def test_rewritten_by_a_proxy(suffix: str, weak: str) -> None:
    """A tag passes as proxies rewrite it: weakened, with a suffix, or both; another tag does not."""
    for tag in (etags.tag(State(7, "-")), etags.tag(State(7, ""), b"x"), f'"{"ab" * 32}"'):
        rewritten = f'{weak}{tag[:-1]}{suffix}"'
        for names in (etags.match, etags.none_match):
            assert names(f'"other", {rewritten}', tag)
            assert not names(rewritten, '"other"')
        if "." in tag:
            assert passes(rewritten, State(7, "-"))
            assert not passes(rewritten, State(8, "-"))


@bounded
@given(st.text())
def test_garbage(condition: str) -> None:
    """A condition that holds no tag of ours refuses, and nothing else comes of it."""
    if condition.strip() != "*" and "7" not in condition:
        assert not passes(condition, etags.State(7, "7"))


@pytest.mark.parametrize(
    "condition",
    ["", '""', '"7.-gzip-gzip"', '"7.--lz4"', '"-gzip"', '"7"', '"7."x', '"7.-.zz"', '"07.-', '"' + "7" * 30 + '.-"'],
)
def test_close_by(condition: str) -> None:
    """What is nearly a tag is none; one suffix of a compressing proxy counts, not two."""
    assert not passes(condition, etags.state(7, None))


def test_long_conditions() -> None:
    """Tags beyond the first 8 KiB of a condition match nothing: to read 64 KiB of them would hold the loop."""
    many = ", ".join(f'"{n}"' for n in range(10_000))
    assert len(etags.opaque_tags(many)) < 1_500
    assert not etags.none_match(many, '"9999"')
    assert etags.none_match(many, '"999"')
